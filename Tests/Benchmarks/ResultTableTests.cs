using Doozer.Benchmarks.Loads;
using Doozer.Benchmarks.Reports;

namespace Doozer.Tests.Benchmarks;

public sealed class ResultTableTests
{
    private static readonly Measurement Ours = new("doozer-http", Operation.LocalRead, Round: 1)
    {
        Clients = 64,
        OperationsPerSecond = 4000,
        P50Ms = 1.5,
        P99Ms = 20,
        ServerCpuMicroseconds = 90,
        ClientCpuMicroseconds = 30,
    };

    private static readonly Measurement Theirs = new("etcd", Operation.LocalRead, Round: 1)
    {
        Clients = 64,
        OperationsPerSecond = 1000,
        P50Ms = 1,
    };

    [Fact]
    public void Figures_are_medians_and_ours_are_compared_with_each_peer_of_the_same_load()
    {
        string table = Table(
            Ours,
            Theirs,
            Ours with { Round = 2, OperationsPerSecond = 1000, P50Ms = 2.5, P99Ms = 200, ClientCpuMicroseconds = 20 },
            Theirs with { Round = 2, OperationsPerSecond = 3000, P50Ms = 3 },
            Ours with { Round = 3, OperationsPerSecond = 3000, P50Ms = 3.5, P99Ms = 300, ClientCpuMicroseconds = 25 },
            Theirs with { Round = 3, Clients = 1, OperationsPerSecond = 9 });

        table.ShouldContain("Medians of 3 rounds.");
        table.ShouldContain("| operation | clients | system | ops/s | p50 ms | p99 ms | server CPU µs/op | client CPU µs/op | " +
            "ops/s / etcd |\n");
        table.ShouldContain("| local-read | 64 | doozer-http | 3,000 | 2.50 | 200 | 90 | 25 | 1.50× |\n");
        table.ShouldContain("| local-read | 64 | etcd | 2,000 | 2.00 | - | - | - |  |\n");
        table.ShouldContain("| local-read | 1 | etcd | 9 | ");
        table.ShouldNotContain("## Errors");
    }

    [Fact]
    public void Rows_are_marked_when_the_machine_had_other_work_and_so_is_the_whole_table()
    {
        string table = Table(
            new MachineState { When = "before", BusyShare = 0.4, IsQuiet = false, FlushP50Ms = 0.5, FlushP99Ms = 2 },
            Ours with { OtherCpuShare = 0.14 },
            Ours with { Round = 2, OtherCpuShare = 0.16 },
            Theirs with { OtherCpuShare = 0.14 });

        table.ShouldContain("before measuring others used 40 % of the machine");
        table.ShouldContain("**The machine was not idle");
        table.ShouldContain("| 64 | doozer-http ! |");
        table.ShouldContain("| 64 | etcd |");
    }

    [Fact]
    public void Failed_attempts_belong_to_a_failover_and_elsewhere_errors_are_told()
    {
        var errors = new Dictionary<string, long> { ["timeout"] = 7 };
        var failover = new Measurement("doozer-http", Operation.Failover, Round: 1) { Variant = Failover.Kill, GapMs = 100.4 };
        string table = Table(
            failover with { Errors = errors },
            failover with { Round = 2, GapMs = 300, Errors = new Dictionary<string, long>() },
            Theirs with { Errors = errors },
            new Measurement("etcd", Operation.Idle, Round: 1) { Failed = "a node ended" });

        table.ShouldContain("| killed | doozer-http | 200 | 100, 300 | 7 |");
        string told = table[table.IndexOf("## Errors", StringComparison.Ordinal)..];
        told.ShouldContain("- round 1  etcd local-read, 64 clients: 1,000/s");
        told.ShouldContain("ERRORS: timeout 7");
        told.ShouldContain("- round 1  etcd idle: FAILED: a node ended");
        told.ShouldNotContain("failover");
    }

    [Fact]
    public void Lines_have_a_kind_and_the_names_that_operations_have_on_the_command_line()
    {
        string line = new Measurement("etcd", Operation.LocalRead, Round: 2) { Clients = 64, Variant = "kill" }.ToJson();
        line.ShouldBe(
            """{"kind":"measurement","system":"etcd","operation":"local-read","round":2,"variant":"kill","clients":64}""");
    }

    /// <summary>As the program makes it: by way of the results' file.</summary>
    private static string Table(params ResultLine[] lines) =>
        ResultTable.Of([.. lines.Select(line => ResultLine.Parse(line.ToJson()))]);
}

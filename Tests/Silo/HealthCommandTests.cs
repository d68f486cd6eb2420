using Doozer.Silo.Viewer;

namespace Doozer.Tests.Silo;

public sealed class HealthCommandTests : IAsyncLifetime
{
    private const string Nowhere = "http://127.9.9.9:9";

    private HttpNode _first = null!;
    private HttpNode _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await HttpNode.Start();
        _second = await HttpNode.Start();
        Tell(("n1", Address(_first)), ("n2", Address(_second)));
        _first.Main.StatusToReport = _second.Main.StatusToReport = FakeNamespace.StatusOf(leads: true, reachable: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task A_cluster_that_is_well_has_a_line_for_each_node_and_status_0()
    {
        _first.Overview = _first.Overview with { Namespaces = [Led("jobs", 7), Led("main", 12)] };
        _second.Overview = _second.Overview with { Namespaces = [Led("main", 9)] };
        (await Health()).ShouldBe(new CommandResult(0, """
            n1 ready; jobs led by n1, 0 behind; main led by n1, 0 behind
            n2 ready; main led by n1, 3 behind

            """, ""));
        string[] lines = (await Health("--json")).Output.Split('\n');
        lines.Length.ShouldBe(3);
        lines[0].ShouldStartWith($$"""{"node":"n1","http":"{{Address(_first)}}","state":"ready","namespaces":[{"name":"jobs",""");
        lines[1].ShouldBe(
            $$"""{"node":"n2","http":"{{Address(_second)}}","state":"ready","namespaces":[""" +
            """{"name":"main","leader":"n1","revision":9,"behind":3,"missing":[],"healthy":true}],"healthy":true}""");
    }

    [Fact]
    public async Task Of_many_namespaces_those_are_told_that_are_not_well()
    {
        _first.Overview = _first.Overview with
        {
            Namespaces = [.. Enumerable.Range(0, 9).Select(i => Led($"ns{i}", 1)), new("odd", "", [], ["n3"], 1, 0)],
        };
        CommandResult result = await Health();
        result.ExitCode.ShouldBe(1);
        result.Output.ShouldStartWith("n1 ready; odd without a leader, 0 behind, misses n3; ns0 led by n1, 0 behind; ns1 ");
        result.Output.ShouldContain("; 4 more are well\n");
    }

    [Fact]
    public async Task A_node_that_is_not_ready_or_does_not_answer_is_named_with_why_and_status_1()
    {
        _second.Main.StatusToReport = FakeNamespace.StatusOf(leads: false, reachable: true);
        CommandResult result = await Health();
        result.ExitCode.ShouldBe(1);
        result.Output.ShouldBe("n1 ready\nn2 not-ready (No leader of 'main' is known to n1)\n");

        Tell(("n1", Address(_first)), ("n3", Nowhere));
        result = await Health();
        result.ExitCode.ShouldBe(1);
        result.Output.ShouldStartWith("n1 ready\nn3 unreachable (cannot be reached: ");
    }

    [Fact]
    public async Task A_disk_that_is_nearly_full_is_something_wrong()
    {
        NamespaceStatus status = FakeNamespace.StatusOf(leads: true, reachable: true);
        _first.Main.StatusToReport = status with { Local = status.Local with { Disk = new DiskStatus(5, 10, true) } };
        CommandResult result = await Health();
        result.ExitCode.ShouldBe(1);
        result.Output.ShouldStartWith("n1 ready (ready, but the disk is nearly full (5 bytes left)");
    }

    [Fact]
    public async Task When_no_node_answers_that_is_said()
    {
        CommandResult result = await CommandLine.Run("", "health", "-a", Nowhere);
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldStartWith($"doozer: {Nowhere}/ cannot be reached");
    }

    private Task<CommandResult> Health(params IEnumerable<string> arguments) =>
        CommandLine.Run("", ["health", "-a", Address(_first), .. arguments]);

    private void Tell(params (string Node, string Http)[] nodes)
    {
        NodeLocation[] locations = Array.ConvertAll(nodes, node => new NodeLocation(node.Node, node.Http));
        _first.Overview = _first.Overview with { Nodes = locations };
        _second.Overview = _second.Overview with { Nodes = locations };
    }

    private static string Address(HttpNode node) => node.Address.ToString().TrimEnd('/');

    private static NamespaceResult Led(string name, long revision) => new(name, "n1", [], [], revision, 0);
}

using System.Net;
using System.Net.Sockets;

namespace Doozer.Tests.EndToEnd;

public sealed class OneNodeTests
{
    [Fact]
    public async Task A_node_serves_commands_and_keeps_its_data_over_a_kill_and_a_stop()
    {
        await using var cluster = new ProcessCluster(1);
        await cluster.StartAll();
        await cluster.WaitUntilSaid(0, "node n1 of cluster doozer serves");
        (await cluster.Command(0, "hello", "add", "/greeting")).ShouldBe(new CommandResult(0, "1\n", ""));
        (await cluster.Command(0, "", "get", "/greeting")).Output.ShouldBe("hello\n");
        (await cluster.Command(0, "x", "add", "/greeting")).ExitCode.ShouldBe(1);
        (await cluster.Command(0, "", "watch", "relative")).ExitCode.ShouldBe(2);

        await cluster.Kill(0);
        cluster.Start(0);
        await cluster.WaitUntilReady(0);
        (await cluster.Command(0, "", "stat", "/greeting")).Output.ShouldBe("file 1 5\n");
        (await cluster.Command(0, "again", "set", "/greeting", "1")).Output.ShouldBe("2\n");

        (await cluster.Process(0).Terminate()).ShouldBe(0, cluster.Process(0).Error);
        cluster.Start(0);
        await cluster.WaitUntilReady(0);
        (await cluster.Command(0, "", "get", "/greeting")).Output.ShouldBe("again\n");
    }

    [Fact]
    public async Task A_port_in_use_is_named_by_its_flag()
    {
        await using var cluster = new ProcessCluster(1);
        await cluster.StartAll();
        (string Flag, string Address)[] ports =
            [("--silo", cluster.Silo(0)), ("--gateway", cluster.Gateway(0)), ("--http", cluster.Http(0)[7..])];
        foreach ((string flag, string address) in ports)
        {
            CommandResult second = await Serve(cluster, "--data", Path.Combine(cluster.Directory, "other"), flag, address);
            second.ExitCode.ShouldBe(2);
            second.Error.ShouldBe($"doozer: {flag}: cannot listen on {address}: the port is in use by another process.\n");
        }
    }

    [Fact]
    public async Task A_folder_in_use_or_of_another_node_or_cluster_is_refused()
    {
        await using var cluster = new ProcessCluster(1);
        await cluster.StartAll();
        string folder = Path.Combine(cluster.Directory, "n1");

        CommandResult locked = await Serve(cluster, "--data", folder);
        Refusal(locked).ShouldContain(folder);

        await cluster.Kill(0);
        CommandResult otherNode = await Serve(cluster, "--data", folder, "--id", "n7");
        Refusal(otherNode).ShouldContain("n1");

        CommandResult otherCluster = await Serve(cluster, "--data", folder, "--cluster", "elsewhere");
        Refusal(otherCluster).ShouldContain("elsewhere");

        CommandResult onFile = await Serve(cluster, "--data", Path.Combine(folder, "identity"));
        Refusal(onFile).ShouldContain("already exists");

        // None of the refusals did the data any harm.
        cluster.Start(0);
        await cluster.WaitUntilReady(0);
    }

    [Fact]
    public async Task A_damaged_identity_is_refused()
    {
        await using var cluster = new ProcessCluster(1);
        await cluster.StartAll();
        await cluster.Kill(0);
        string identity = Path.Combine(cluster.Directory, "n1", "identity");
        await File.WriteAllTextAsync(identity, "nobody", TestContext.Current.CancellationToken);
        Refusal(await Serve(cluster, "--data", Path.Combine(cluster.Directory, "n1"))).ShouldContain(identity);
    }

    [Fact]
    public async Task A_damaged_log_is_refused_and_left_as_it_is()
    {
        await using var cluster = new ProcessCluster(1);
        await cluster.StartAll();
        for (int i = 0; i < 20; i++)
        {
            (await cluster.Put(0, $"/f{i}", "some content that fills the log", 0, TestContext.Current.CancellationToken))
                .EnsureSuccessStatusCode();
        }

        await cluster.Kill(0);

        string log = Directory.EnumerateFiles(Path.Combine(cluster.Directory, "n1", "log")).Order(StringComparer.Ordinal).First();
        byte[] bytes = await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken);
        int inside = bytes.AsSpan().IndexOf("some content"u8);
        bytes[inside] ^= 0x40;
        await File.WriteAllBytesAsync(log, bytes, TestContext.Current.CancellationToken);

        cluster.Start(0);
        (await cluster.Process(0).WaitForExit()).ShouldBe(2);
        Sentence(cluster.Process(0).Error).ShouldContain(log);
        (await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken)).ShouldBe(bytes);
    }

    [Fact]
    public async Task Bad_flags_exit_with_2_and_a_sentence()
    {
        using var folder = new NodeFolder();
        CommandResult result = await DoozerProcess.Run(folder.Path, "", "serve", "--peers", "n2=127.0.0.1:1");
        result.ExitCode.ShouldBe(2);
        Sentence(result.Error).ShouldBe("doozer: --peers must name this node 'n1' too; it names n2.");
    }

    [Fact]
    public async Task A_node_told_to_stops_when_its_parent_is_gone()
    {
        await using var cluster = new ProcessCluster(1);
        await using var node = DoozerProcess.Start(cluster.Directory, [.. cluster.Arguments(0), "--stop-at-end-of-input"]);
        (await node.StopByInput()).ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_waits_for_its_peers_stops_when_told_to(bool byInput)
    {
        await using var cluster = new ProcessCluster(3);
        DoozerProcess node = cluster.Start(0, [.. cluster.Arguments(0), "--stop-at-end-of-input"]);
        await cluster.WaitUntilSaid(0, "n1 waits for a quorum");
        node.Output.ShouldContain($"node n1 of cluster doozer starts: silo {cluster.Silo(0)}, gateway {cluster.Gateway(0)}, " +
            $"http {cluster.Http(0)}; data in ");
        node.Output.ShouldNotContain("node n1 of cluster doozer serves");
        (await (byInput ? node.StopByInput() : node.Terminate())).ShouldBe(0);
        node.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bench_that_is_told_to_stop_reports_what_it_has_measured()
    {
        await using var cluster = new ProcessCluster(1);
        await cluster.StartAll();
        await using var bench = DoozerProcess.Start(
            cluster.Directory, ["bench", "--gateway", cluster.Gateway(0), "--seconds", "600", "--clients", "2"]);
        while (!bench.Error.Contains(" ops ", StringComparison.Ordinal) && !bench.HasExited)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        (await bench.Terminate()).ShouldBe(0, bench.Error);
        bench.Output.ShouldContain("ops/s");
    }

    [Fact]
    public async Task A_bench_that_is_told_to_stop_while_it_connects_says_so()
    {
        using var folder = new NodeFolder();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var bench = DoozerProcess.Start(folder.Path, ["bench", "--gateway", silent.LocalEndpoint.ToString()!]);
        using TcpClient connection = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        (await bench.Terminate()).ShouldBe(2);
        // Orleans may warn of the connection besides.
        bench.Error.ShouldContain("doozer: The bench was stopped before it was connected.\n");
        bench.Error.Split('\n').ShouldNotContain(line => line.StartsWith("   at ", StringComparison.Ordinal), bench.Error);
    }

    private static async Task<CommandResult> Serve(ProcessCluster cluster, params IEnumerable<string> flags)
    {
        // Free ports of their own, so that only what a test is about can be in the way.
        await using var spare = new ProcessCluster(1);
        List<string> arguments = ["serve", .. flags];
        (string Flag, string Address)[] ports =
            [("--silo", spare.Silo(0)), ("--gateway", spare.Gateway(0)), ("--http", spare.Http(0)[7..])];
        foreach ((string flag, string address) in ports)
        {
            if (!arguments.Contains(flag))
                arguments.AddRange([flag, address]);
        }

        return await DoozerProcess.Run(cluster.Directory, "", arguments);
    }

    /// <summary>Why a node did not start. That is told once, and without a stack trace among what it logs.</summary>
    private static string Refusal(CommandResult result)
    {
        result.ExitCode.ShouldBe(2);
        result.Output.Split('\n').ShouldNotContain(line => line.StartsWith("   at ", StringComparison.Ordinal), result.Output);
        return Sentence(result.Error);
    }

    /// <summary>The one line that a refused start prints.</summary>
    private static string Sentence(string error)
    {
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(1, error);
        lines[0].ShouldStartWith("doozer: ");
        lines[0].ShouldEndWith(".");
        return lines[0];
    }
}

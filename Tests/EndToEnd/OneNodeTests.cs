using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Doozer.Silo.Commands;
using Doozer.Tests.Silo;

namespace Doozer.Tests.EndToEnd;

public sealed class OneNodeTests(OneProcessFixture node) : IClassFixture<OneProcessFixture>
{
    private string Folder => Path.Combine(node.Cluster.Directory, "n1");

    [Fact]
    public async Task A_node_serves_commands_and_keeps_its_data_over_a_kill_and_a_stop()
    {
        ProcessCluster cluster = await node.AllUp();
        await cluster.WaitUntilSaid(0, "node n1 of cluster doozer serves");
        CommandResult added = await cluster.Command(0, "hello", "add", "/kept");
        string revision = added.Output.TrimEnd('\n');
        added.ShouldBe(new CommandResult(0, $"{long.Parse(revision)}\n", ""));
        (await cluster.Command(0, "", "get", "/kept")).Output.ShouldBe("hello");
        (await cluster.Command(0, "x", "add", "/kept")).ExitCode.ShouldBe(1);

        await cluster.Kill(0);
        await cluster.StartAll();
        (await cluster.Command(0, "", "stat", "/kept")).Output.ShouldBe($"file {revision} 5\n");
        (await cluster.Command(0, "again", "set", "/kept", revision)).Output.ShouldBe($"{long.Parse(revision) + 1}\n");

        DoozerProcess stopped = cluster.Process(0);
        await cluster.Stop(0);
        stopped.Output.ShouldEndWith("node n1 of cluster doozer has stopped\n");
        stopped.Output.ShouldContain("node n1 of cluster doozer stops\n");
        await cluster.StartAll();
        (await cluster.Command(0, "", "get", "/kept")).Output.ShouldBe("again");
    }

    [Fact]
    public async Task Orleans_dashboard_is_served_by_a_node_that_is_told_to()
    {
        ProcessCluster cluster = await node.AllUp();
        using var http = new HttpClient { BaseAddress = new Uri(cluster.Http(0)) };
        using (HttpResponseMessage off = await http.GetAsync("/dashboard", TestContext.Current.CancellationToken))
        {
            off.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await off.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
                .ShouldContain("start it with --dashboard");
        }

        (await http.GetStringAsync("/v1", TestContext.Current.CancellationToken)).ShouldNotContain("dashboard");
        await cluster.Stop(0);
        cluster.Start(0, [.. cluster.Arguments(0), "--dashboard"]);
        await cluster.WaitUntilReady(0);
        (await http.GetStringAsync("/v1", TestContext.Current.CancellationToken)).ShouldContain("\"dashboard\":\"/dashboard\"");
        (await http.GetStringAsync("/dashboard", TestContext.Current.CancellationToken)).ShouldContain("<html");
        (await http.GetStringAsync("/dashboard/DashboardCounters", TestContext.Current.CancellationToken)).ShouldContain("hosts");
    }

    [Fact]
    public async Task A_folder_in_use_or_of_another_node_is_refused()
    {
        ProcessCluster cluster = await node.AllUp();
        Refusal(await Serve("--data", Folder)).ShouldContain(Folder);

        await cluster.Kill(0);
        Refusal(await Serve("--data", Folder, "--id", "n7")).ShouldContain("n1");

        // None of the refusals did the data any harm.
        await cluster.StartAll();
    }

    [Fact]
    public async Task A_damaged_identity_is_refused()
    {
        ProcessCluster cluster = await node.AllUp();
        await cluster.Kill(0);
        string identity = Path.Combine(Folder, "identity");
        string sound = await File.ReadAllTextAsync(identity, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(identity, "nobody", TestContext.Current.CancellationToken);
        Refusal(await Serve("--data", Folder)).ShouldContain(identity);
        await File.WriteAllTextAsync(identity, sound, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_damaged_log_is_refused_and_left_as_it_is()
    {
        ProcessCluster cluster = await node.AllUp();
        for (int i = 0; i < 20; i++)
        {
            (await cluster.Put(0, $"/f{i}", "some content that fills the log", 0, TestContext.Current.CancellationToken))
                .EnsureSuccessStatusCode();
        }

        await cluster.Kill(0);

        string log = Directory.EnumerateFiles(Path.Combine(Folder, "log")).Order(StringComparer.Ordinal).First();
        byte[] bytes = await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken);
        int inside = bytes.AsSpan().IndexOf("some content"u8);
        bytes[inside] ^= 0x40;
        await File.WriteAllBytesAsync(log, bytes, TestContext.Current.CancellationToken);

        cluster.Start(0);
        (await cluster.Process(0).WaitForExit()).ShouldBe(2);
        Sentence(cluster.Process(0).Error).ShouldContain(log);
        (await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken)).ShouldBe(bytes);
        bytes[inside] ^= 0x40;
        await File.WriteAllBytesAsync(log, bytes, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_node_told_to_stops_when_its_parent_is_gone()
    {
        await using var cluster = new ProcessCluster(1);
        DoozerProcess started = cluster.Start(0, [.. cluster.Arguments(0), "--stop-at-end-of-input"]);
        (await started.StopByInput()).ShouldBe(0);
    }

    [Theory]
    [InlineData("end of input")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_node_that_waits_for_its_peers_stops_when_told_to(string how)
    {
        await using var cluster = new ProcessCluster(3);
        DoozerProcess waiting = cluster.Start(0, [.. cluster.Arguments(0), "--stop-at-end-of-input"]);
        await cluster.WaitUntilSaid(0, "n1 waits for a quorum");
        waiting.Output.ShouldContain($"node n1 of cluster doozer starts as process {waiting.Id}: silo {cluster.Silo(0)}, " +
            $"gateway {cluster.Gateway(0)}, http {cluster.Http(0)}; data in ");
        waiting.Output.ShouldNotContain("node n1 of cluster doozer serves");
        (await (how == "end of input" ? waiting.StopByInput() : waiting.Stop(how))).ShouldBe(0);
        waiting.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_first_program_of_the_guide_writes_and_reads()
    {
        ProcessCluster cluster = await node.AllUp();
        string[] arguments = [Executable.Hello, "--store", cluster.Http(0)];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process hello = Process.Start(start)!;
        string output = await hello.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        output.ShouldMatch(@"^hello at revision \d+\n$");
    }

    [Fact]
    public async Task A_bench_that_is_stopped_reports_what_it_has_measured_and_tells_of_each_second_on_a_terminal_only()
    {
        ProcessCluster cluster = await node.AllUp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var told = new WatchedStream();
        await using var toldUnseen = new WatchedStream();
        Task<(int Status, string Output)>[] benches = [Bench(told, isSeen: true), Bench(toldUnseen, isSeen: false)];
        await await Task.WhenAny(told.Contains(" ops "), benches[0]);
        await stop.CancelAsync();
        foreach ((int status, string output) in await Task.WhenAll(benches[..1]))
        {
            status.ShouldBe(0, told.Text);
            output.ShouldContain("ops/s");
        }

        await benches[1];
        toldUnseen.Text.ShouldNotContain(" ops ");

        async Task<(int Status, string Output)> Bench(WatchedStream error, bool isSeen)
        {
            await using var writer = new StreamWriter(error) { AutoFlush = true };
            using var output = new MemoryStream();
            var console = new CommandConsole(Stream.Null, output, TextWriter.Synchronized(writer)) { IsErrorSeen = isSeen };
            int status = await DoozerCommand.Run(
                ["bench", "--gateway", cluster.Gateway(0), "--seconds", "600", "--clients", "2"], console, stop.Token);
            return (status, Encoding.UTF8.GetString(output.ToArray()));
        }
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

    private async Task<CommandResult> Serve(params IEnumerable<string> flags)
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

        return await DoozerProcess.Run(node.Cluster.Directory, "", arguments);
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

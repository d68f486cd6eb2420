using System.Net.Http.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.EndToEnd;

/// <summary><c>doozer up</c>, with real processes.</summary>
public sealed class UpTests : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Nodes_join_the_first_keep_their_data_and_become_more_when_more_are_asked_for()
    {
        await using var cluster = new ProcessCluster(3);
        await using (DoozerProcess up = Up(cluster, "--nodes", "2"))
        {
            await HaveVotes(cluster, 0, up);
            CommandResult written = await cluster.Command(1, "x", "set", "/a", "-1");
            written.ExitCode.ShouldBe(0, written.Error);

            (await up.Terminate()).ShouldBe(0, up.Output + up.Error);
            string[] lines = up.Output.Split('\n');
            foreach (string node in new[] { "n1", "n2" })
            {
                lines.ShouldContain(line => line.StartsWith($"{node} | runs as process "));
                lines.ShouldContain(line =>
                    line.StartsWith($"{node} | ") && line.EndsWith($": node {node} of cluster doozer serves"));
            }
        }

        await using (DoozerProcess elsewhere = Up(cluster, "--http-port", $"{cluster.HttpPort + 7}"))
        {
            (await elsewhere.WaitForExit()).ShouldBe(2);
            elsewhere.Error.ShouldContain($"from an earlier run with its data in 'up': give --http-port {cluster.HttpPort}");
        }

        // Two votes are wanted, as at the beginning.
        await using DoozerProcess more = Up(cluster, "--nodes", "3");
        await HaveVotes(cluster, 2, more);
        CommandResult read = await cluster.Command(2, "", "get", "/a");
        read.Output.ShouldBe("x", read.Error);
        (await more.Terminate()).ShouldBe(0, more.Output + more.Error);
    }

    private static DoozerProcess Up(ProcessCluster cluster, params string[] arguments) => DoozerProcess.Start(
        cluster.Directory,
        ["up", "--data", "up", "--silo-port", $"{cluster.SiloPort}", "--gateway-port", $"{cluster.GatewayPort}",
            .. arguments.Contains("--http-port") ? Array.Empty<string>() : ["--http-port", $"{cluster.HttpPort}"],
            .. arguments]);

    /// <summary>Waits until a node serves and knows that the first two vote.</summary>
    private async Task HaveVotes(ProcessCluster cluster, int node, DoozerProcess up)
    {
        for (int attempts = 0; attempts < 1000 && !up.HasExited; attempts++)
        {
            try
            {
                NamespaceStatus? status = await _http.GetFromJsonAsync(
                    $"{cluster.Http(node)}/v1/main/status",
                    DoozerJson.Default.NamespaceStatus,
                    TestContext.Current.CancellationToken);
                if (status!.Local.Quorum.Acceptors is ["n1", "n2"])
                    return;
            }
            catch (HttpRequestException)
            {
            }

            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.Fail(up.Output + up.Error);
    }
}

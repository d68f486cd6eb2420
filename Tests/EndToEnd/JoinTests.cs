using System.Net.Http.Json;
using System.Text.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.EndToEnd;

/// <summary>Nodes that join a cluster, take each other's places and go, as real processes.</summary>
public sealed class JoinTests
{
    private const string Secret = "the secret of the cluster";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_node_becomes_three_by_joining_and_one_that_died_is_replaced_by_a_fourth()
    {
        await using var cluster = new ProcessCluster(4);
        cluster.Start(0, [.. Own(cluster, 0), "--http", Http(cluster, 0)]);
        await cluster.WaitUntilReady(0);
        await Write(cluster, 0, "/alone");
        await Make(cluster, 0, "orders", 3);

        cluster.Start(1, Joining(cluster, 1, 0));
        cluster.Start(2, Joining(cluster, 2, 0, 1));
        await HasVoters(cluster, 0, 1, 2);
        await Write(cluster, 2, "/three");
        await Make(cluster, 2, "lists", 1);
        await HasAcceptors(cluster, 2, "lists", "n2");
        await HasAcceptors(cluster, 2, "orders", "n1", "n2", "n3");

        // Who starts again needs to be told nothing but where its data is.
        await cluster.Stop(1);
        cluster.Start(1, [.. Own(cluster, 1)]);
        await cluster.WaitUntilReady(1);
        await cluster.Kill(0);
        await Write(cluster, 1, "/two");

        (await Member(cluster, 1, "remove", "n3")).Error.ShouldContain("The voters would be n1, n2, of which n1 does not answer");
        cluster.Start(3, Joining(cluster, 3, 1));
        await Until(cluster, 1, async () => (await Member(cluster, 1, "list")).Output.Contains("n4 standby reachable"));
        await Until(cluster, 1, async () => (await Member(cluster, 1, "replace", "n1", "n4")).ExitCode == 0);
        await HasVoters(cluster, 1, 2, 3);
        await HasAcceptors(cluster, 1, "orders", "n2", "n3", "n4");
        await HasAcceptors(cluster, 1, "lists", "n4");

        // The first one is needed no more, and nobody takes its word.
        await cluster.Kill(1);
        await Write(cluster, 3, "/moved");
        await Write(cluster, 3, "/moved", "orders");
        await Write(cluster, 3, "/moved", "lists");
        (await cluster.Get(3, "/alone")).ShouldBe("/alone");
        cluster.Start(0, [.. Own(cluster, 0)]);
        (await cluster.Process(0).WaitForExit()).ShouldBe(2);
        (cluster.Process(0).Output + cluster.Process(0).Error).ShouldContain("n1 was removed from the cluster doozer");
    }

    private static string[] Own(ProcessCluster cluster, int node) =>
    [
        "serve", "--id", $"n{node + 1}", "--data", Path.Combine(cluster.Directory, $"n{node + 1}"), "--silo", cluster.Silo(node),
        "--gateway", cluster.Gateway(node), "--cluster-secret", Secret,
    ];

    private static string[] Joining(ProcessCluster cluster, int node, params int[] others) =>
    [
        .. Own(cluster, node), "--http", Http(cluster, node), "--join", string.Join(',', others.Select(cluster.Http)),
    ];

    private static string Http(ProcessCluster cluster, int node) => new Uri(cluster.Http(node)).Authority;

    private static Task<CommandResult> Member(ProcessCluster cluster, int asked, params string[] arguments) => CommandLine.Run(
        "",
        [
            "member", .. arguments, "-a", cluster.Http(asked),
            .. arguments[0] == "list" ? Array.Empty<string>() : ["--cluster-secret", Secret],
        ]);

    private static async Task Write(ProcessCluster cluster, int node, string path, string @namespace = "main")
    {
        CommandResult written = await CommandLine.Run(path, "set", path, "-1", "-a", cluster.Http(node), "-n", @namespace);
        written.ExitCode.ShouldBe(0, written.Error);
    }

    private static async Task Make(ProcessCluster cluster, int node, string @namespace, int replicas)
    {
        CommandResult made = await CommandLine.Run(
            "", "namespace", "create", @namespace, "--replicas", $"{replicas}", "-a", cluster.Http(node));
        made.ExitCode.ShouldBe(0, made.Error);
    }

    /// <summary>Waits until nodes, and no others, vote in a namespace.</summary>
    private static Task HasAcceptors(ProcessCluster cluster, int asked, string @namespace, params string[] nodes) =>
        Until(cluster, asked, async () =>
        {
            using HttpResponseMessage answer = await cluster.Ask(asked, $"/v1/{@namespace}/status");
            NamespaceStatus? status = await answer.Content.ReadFromJsonAsync(
                DoozerJson.Default.NamespaceStatus, TestContext.Current.CancellationToken);
            return status!.Local.Quorum.Acceptors.SequenceEqual(nodes);
        });

    /// <summary>Waits until nodes, and no others, decide in main and in the register.</summary>
    private static async Task HasVoters(ProcessCluster cluster, params int[] nodes)
    {
        string[] ids = [.. nodes.Select(node => $"n{node + 1}")];
        await HasAcceptors(cluster, nodes[0], "main", ids);
        await Until(cluster, nodes[0], async () =>
        {
            using HttpResponseMessage clustering = await cluster.Ask(nodes[0], "/v1/clustering/status");
            using var told = JsonDocument.Parse(
                await clustering.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            return told.RootElement.GetProperty("quorum").GetString() == $"{(ids.Length / 2) + 1} of {string.Join(", ", ids)}";
        });
    }

    private static async Task Until(ProcessCluster cluster, int node, Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90), TimeProvider.System);
        while (!await isSo())
        {
            if (patience.IsCancellationRequested)
                Assert.Fail($"It did not come to pass. n{node + 1} said:\n{cluster.Process(node).Output}");
            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}

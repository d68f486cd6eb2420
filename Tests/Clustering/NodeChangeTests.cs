using Doozer.Clustering;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Clustering;

/// <summary>Changes of the list of nodes that are recorded and sent again, and answers of those that are no nodes.</summary>
public sealed class NodeChangeTests
{
    private const string Secret = "a secret of enough characters";

    private const string Founders = """ "founders":{"n1":"http://127.0.0.1:1"}""";

    private const string Nodes =
        """ "list":{"epoch":1,"voters":3,"nodes":[{"id":"n1","address":"http://127.0.0.1:1","role":"voter"}],"removed":[]}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recorded_change_is_not_made_again_after_it_was_undone()
    {
        await using var peers = new TestPeers();
        NodeChanges changes = (await StartThree(peers)).Node.Changes;
        NodeChangeRequest demotion = Request(NodeChangeRequest.Demote) with { Epoch = 0 };
        await changes.Apply(demotion, Cancellation);
        NodeList list = await changes.Apply(Request(NodeChangeRequest.Promote) with { Epoch = 1 }, Cancellation);

        await Should.ThrowAsync<NodeListChangedException>(() => changes.Apply(demotion, Cancellation));
        (await changes.Read(Cancellation)).Epoch.ShouldBe(list.Epoch);
        (await Should.ThrowAsync<NodeChangeException>(
            () => changes.Apply(Request(NodeChangeRequest.Demote), Cancellation))).Message.ShouldContain("'epoch' is missing");
        (await Should.ThrowAsync<NodeChangeException>(() => changes.Apply(
            Request(NodeChangeRequest.Demote) with { Epoch = 2, Cluster = "other" }, Cancellation)))
            .Message.ShouldBe("n1 belongs to cluster 'test', not 'other'.");
    }

    [Fact]
    public async Task The_client_changes_the_list_that_there_is_now()
    {
        await using var peers = new TestPeers();
        TestPeer first = await StartThree(peers);
        await using WebApplication server = await Serve(app => QuorumClusteringEndpoints.Map(app, first.Node));
        using var client = new NodeListClient(Secret);
        NodeListAnswer answer = await client.Change(
            new Uri(server.Urls.First()), Request(NodeChangeRequest.Demote), Cancellation);
        answer.List.Nodes.Single(node => node.Id == "n3").Role.ShouldBe("standby");
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"cluster\":\"\\u001b[31m\"," + Founders + ",\"facts\":{}," + Nodes + "}")]
    [InlineData("{\"cluster\":\"c\",\"founders\":{},\"facts\":{}," + Nodes + "}")]
    [InlineData("{\"cluster\":\"c\",\"founders\":{\"n1\":null},\"facts\":{}," + Nodes + "}")]
    [InlineData("{\"cluster\":\"c\",\"founders\":{\"n1\":\"nowhere\"},\"facts\":{}," + Nodes + "}")]
    [InlineData("{\"cluster\":\"c\"," + Founders + ",\"facts\":{},\"list\":{\"epoch\":1,\"voters\":3,\"nodes\":null}}")]
    [InlineData("{\"cluster\":\"c\"," + Founders + ",\"facts\":{},\"list\":{\"epoch\":1,\"voters\":3,\"nodes\":[null]}}")]
    public async Task An_answer_that_is_no_node_s_is_refused(string text)
    {
        await using WebApplication server = await Serve(app => app.MapPost(NodeEndpoints.Path, () => Results.Text(text)));
        using var client = new NodeListClient(secret: null);
        (await Should.ThrowAsync<NodeChangeException>(
            () => client.Send(new Uri(server.Urls.First()), Request(NodeChangeRequest.Join), Cancellation)))
            .Message.ShouldContain("is no node that nodes can join");
    }

    /// <summary>The file is only a hint, and a node that has none goes by what it was given.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"epoch\":9,\"voters\":3,\"nodes\":[],\"removed\":[]}")]
    [InlineData("{\"epoch\":9,\"voters\":3,\"nodes\":[null],\"removed\":[]}")]
    [InlineData("{\"epoch\":9,\"voters\":3,\"nodes\":[{\"id\":\"n2\",\"address\":\"/x\",\"role\":\"voter\"}],\"removed\":[]}")]
    [InlineData("{\"epoch\":9,\"voters\":3,\"nodes\":[{\"id\":\"n2\",\"role\":null}],\"removed\":[null]}")]
    public void A_damaged_list_of_nodes_is_as_none(string text)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("doozer-nodes-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, KnownNodes.FileName), text);
            var given = new Dictionary<string, Uri> { ["n1"] = new("http://127.0.0.1:1") };
            var nodes = new KnownNodes("n1", given, NodeList.Founding(given));
            nodes.Open(folder.FullName);
            nodes.List.ShouldBeSameAs(nodes.Founding);
            nodes.IsRemoved.ShouldBeFalse();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>That has the same name, and a list of a later epoch: who took it would think that it was removed.</summary>
    [Fact]
    public async Task A_node_without_a_quorum_does_not_take_the_list_of_another_cluster_where_its_peer_was()
    {
        await using var peers = new TestPeers();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        int asked = 0;
        await using WebApplication server = await Serve(app => app.MapPost(NodeEndpoints.Path, () =>
        {
            if (Interlocked.Increment(ref asked) == 2)
                stop.Cancel();
            return Results.Text("{\"cluster\":\"test\"," + Founders + ",\"facts\":{}," + Nodes + "}");
        }));
        TestPeer peer = await peers.Start(2, options =>
        {
            options.Peers["n1"] = new Uri(server.Urls.First());
            options.PeerTimeout = TimeSpan.FromMilliseconds(10);
        });
        await Should.ThrowAsync<Exception>(() => peer.Node.WaitForQuorum(stop.Token));
        asked.ShouldBe(2, "it has not stopped at the first answer");
        peer.Node.Nodes.List.IsFounding.ShouldBeTrue();
    }

    private static NodeChangeRequest Request(string change) => new(change, Guid.NewGuid(), "n3");

    private static async Task<TestPeer> StartThree(TestPeers peers)
    {
        TestPeer first = await peers.Start(1, WithSecret);
        await peers.Start(2, WithSecret);
        await peers.Start(3, WithSecret);
        return first;

        static void WithSecret(QuorumClusteringOptions options) => options.Secret = Secret;
    }

    private static async Task<WebApplication> Serve(Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        map(server);
        await server.StartAsync(Cancellation);
        return server;
    }
}

using System.Text;
using Doozer.Grains;
using Doozer.Node;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tree;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

/// <summary>How namespaces are made, deleted and made again, on a cluster of three nodes.</summary>
public sealed class NamespaceListTests : IAsyncLifetime
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("body");

    private DoozerCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await DoozerCluster.Start();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_namespace_that_was_made_is_served_by_every_node_at_once_and_a_deleted_one_by_none()
    {
        var id = Guid.NewGuid();
        long made = await _cluster.On(0, "orders").Create(id);
        (await _cluster.On(1, "orders").Set("/file", Body, Revisions.Missing)).ShouldBe(1);
        (await _cluster.On(2, "orders").Get("/file")).Body.ShouldBe(Body);
        (await _cluster.On(1, "orders").Create(id)).ShouldBe(made);
        await Should.ThrowAsync<NamespaceExistsException>(() => _cluster.On(2, "orders").Create());
        DirectoryEntry listed = (await _cluster.On(2).GetDir(Names.ListDirectory)).Entries.ShouldHaveSingleItem();
        (listed.Name, listed.Revision).ShouldBe(("orders", made));

        Task<WaitResult>[] waits =
            [.. Enumerable.Range(0, 3).Select(node => _cluster.On(node, "orders").Wait("/**", 2, 10, Limits.WaitTimeout))];
        id = Guid.NewGuid();
        long deleted = await _cluster.On(2, "orders").Delete(id);
        for (int node = 0; node < 3; node++)
        {
            await Should.ThrowAsync<NoNamespaceException>(() => _cluster.On(node, "orders").Get("/file"));
            await Should.ThrowAsync<NoNamespaceException>(() => _cluster.On(node, "orders").Get("/file", mode: ReadMode.Local));
            await Should.ThrowAsync<NoNamespaceException>(() => _cluster.On(node, "orders").Set("/file", Body, -1));
            await Should.ThrowAsync<NoNamespaceException>(() => waits[node]);
        }

        (await _cluster.On(0, "orders").Delete(id)).ShouldBe(deleted);
        await Should.ThrowAsync<NoNamespaceException>(() => _cluster.On(1, "orders").Delete());
        for (int node = 0; node < 3; node++)
            await Until(() => !_cluster.GroupsOn(node).Any(group => group.Namespace == "orders"));
    }

    [Fact]
    public async Task One_with_a_single_replica_is_served_by_every_node_and_needs_only_the_one_that_votes()
    {
        await _cluster.On(0, "orders").Create(replicas: 1);
        for (int node = 0; node < 3; node++)
            await _cluster.On(node, "orders").Set("/file", Encoding.UTF8.GetBytes($"{node}"), Revisions.Clobber);
        for (int node = 0; node < 3; node++)
            (await _cluster.On(node, "orders").Get("/file")).Body.ShouldBe("2"u8.ToArray());

        string voter = NodePreference.Leader("orders", _cluster.Nodes)!;
        ReplicaStatus status = (await _cluster.On(0, "orders").Status()).Local;
        status.Leader.ShouldBe(voter);
        status.Quorum.Acceptors.ShouldBe([voter]);

        await _cluster.Kill((Array.IndexOf(_cluster.Nodes, voter) + 1) % 3);
        int other = (Array.IndexOf(_cluster.Nodes, voter) + 2) % 3;
        await _cluster.On(other, "orders").Set("/more", Body, Revisions.Missing);
        await _cluster.On(other, "orders").Delete();
        await Should.ThrowAsync<NoNamespaceException>(() => _cluster.On(other, "orders").Get("/more"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Limits.Replicas + 1)]
    public async Task A_number_of_replicas_that_cannot_be_is_refused(int replicas) =>
        (await Should.ThrowAsync<InvalidArgumentException>(() => _cluster.On(0, "orders").Create(replicas: replicas)))
            .Argument.ShouldBe("replicas");

    [Fact]
    public async Task One_that_is_made_again_begins_empty_and_beyond_the_revisions_of_the_one_before()
    {
        await _cluster.Create("orders");
        for (int i = 0; i < 3; i++)
            await _cluster.On(i, "orders").Set($"/file{i}", Body, Revisions.Missing);
        await _cluster.On(0, "orders").Delete();
        await _cluster.On(1, "orders").Create();
        for (int node = 0; node < 3; node++)
        {
            INamespaceGrain again = _cluster.On(node, "orders");
            (await again.Walk("/**")).Files.ShouldBeEmpty();
            (await again.Rev()).ShouldBeGreaterThan(1_000_000);

            // Who has watched the one before, and was away, must not go on as if this were it.
            await Should.ThrowAsync<TooLateException>(() => again.Wait("/**", 4, 10, TimeSpan.Zero));
        }
    }

    [Fact]
    public async Task A_node_that_slept_while_one_was_deleted_and_made_again_has_only_the_new_one()
    {
        await _cluster.Create("orders");
        long old = await _cluster.On(2, "orders").Set("/old", Body, Revisions.Missing);
        await _cluster.Kill(2);
        await _cluster.On(0, "orders").Delete();
        await _cluster.On(0, "orders").Create();
        long revision = await _cluster.On(1, "orders").Set("/new", Body, Revisions.Missing);
        await _cluster.Restart(2);

        INamespaceGrain orders = _cluster.On(2, "orders");
        (await orders.Get("/new")).Revision.ShouldBe(revision);
        (await orders.Get("/old")).Exists.ShouldBeFalse();
        await Should.ThrowAsync<TooLateException>(() => orders.Get("/old", old));
        await _cluster.Lines.Contains($"{_cluster.Nodes[2]} has ended orders");
        _cluster.GroupsOn(2).Where(group => group.Namespace == "orders").ShouldHaveSingleItem();

        // Nor is anything left of the old one that a start would find.
        await _cluster.Kill(2);
        await _cluster.Restart(2);
        (await _cluster.On(2, "orders").Get("/new")).Revision.ShouldBe(revision);
        _cluster.GroupsOn(2).Where(group => group.Namespace == "orders").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Main_is_always_there_and_cannot_be_deleted()
    {
        await Should.ThrowAsync<NamespaceExistsException>(() => _cluster.On(0).Create());
        await Should.ThrowAsync<InvalidNamespaceException>(() => _cluster.On(0).Delete());
        foreach (string path in (string[])[NamespaceList.PathOf("orders"), NamespaceList.StartPath])
            await Should.ThrowAsync<ReservedPathException>(() => _cluster.On(0).Set(path, Body, Revisions.Clobber));
    }

    [Fact]
    public async Task What_was_there_before_namespaces_were_made_is_put_on_the_list_once()
    {
        // Whatever was acknowledged a quorum has.
        await Task.WhenAll(_cluster.Kill(0), _cluster.Kill(1));
        foreach (int node in (int[])[0, 1])
        {
            await Give(node, "old");
            await _cluster.Restart(node);
        }

        await Until(async () => (await _cluster.On(1).Get(NamespaceList.PathOf("old"))).Exists);
        (await _cluster.On(2, "old").Get("/kept")).Body.ShouldBe(Body);
        await _cluster.On(2, "old").Set("/more", Body, Revisions.Missing);
        await Should.ThrowAsync<NamespaceExistsException>(() => _cluster.On(1, "old").Create());

        // A node that comes back with it later does not bring it back.
        await _cluster.Kill(0);
        await _cluster.On(1, "old").Delete();
        await _cluster.Restart(0);
        await _cluster.Lines.Contains($"{_cluster.Nodes[0]} has ended old");
        await Should.ThrowAsync<NoNamespaceException>(() => _cluster.On(0, "old").Get("/kept"));
        (await _cluster.On(0).Get(NamespaceList.PathOf("old"))).Exists.ShouldBeFalse();
    }

    /// <summary>Puts a snapshot into a node's folder, as a node left it that knew of no list.</summary>
    private async Task Give(int node, string @namespace)
    {
        var options = new DoozerOptions { Node = _cluster.Nodes[node], DataDirectory = _cluster.DataOf(node) };
        foreach (string peer in _cluster.Nodes)
            options.Peers.Add(peer);
        var tree = new VersionedTree(new TreeOptions());
        tree.Apply(Command.Set("/kept", Body, Command.Clobber));
        await using var storage = new NodeStorage(
            options, new NodeFailure(NullLogger<NodeFailure>.Instance), NullLogger<NodeStorage>.Instance);
        await storage.Open();
        (SnapshotFile file, SnapshotEntry entry) = await storage.Write(
            @namespace, @namespace, 1, tree.Capture(), null, TimeProvider.System, Cancellation);
        using (file)
            storage.Snapshots.Commit(file, entry).ShouldBeTrue();
    }

    private static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }
}

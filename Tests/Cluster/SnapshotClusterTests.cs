using Doozer.Grains;
using Doozer.Node;
using Doozer.Storage;

namespace Doozer.Tests.Cluster;

public sealed class SnapshotClusterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_that_restarts_from_snapshots_has_its_files_its_history_and_its_request_ids()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start(adjust: Small);
        var firstId = Guid.NewGuid();
        await cluster.On(0).Set("/first", new byte[10], Revisions.Missing, firstId);
        long last = await WriteUntilLogIsDropped(cluster, [0, 1, 2]);
        await Task.WhenAll(cluster.Kill(0), cluster.Kill(1), cluster.Kill(2));
        for (int node = 0; node < 3; node++)
        {
            cluster.LogFiles(node)[0].ShouldNotBe(SegmentName(1));
            await cluster.Restart(node);
        }

        for (int node = 0; node < 3; node++)
        {
            (await cluster.On(node).Rev()).ShouldBe(last);
            (await cluster.On(node).Get("/first")).Revision.ShouldBe(1);
            for (long revision = 2; revision <= last; revision += 7)
            {
                FileContent file = await cluster.On(node).Get($"/f{revision % 10}", revision);
                file.Revision.ShouldBe(revision);
                BitConverter.ToInt64(file.Body).ShouldBe(revision);
            }

            var seen = new List<long>();
            for (long next = 1; next <= last;)
            {
                WaitResult events = await cluster.On(node).Wait("/**", next, Limits.PageSize, TimeSpan.Zero);
                seen.AddRange(events.Events.Select(e => e.Revision));
                next = events.Next;
            }

            seen.ShouldBe(Enumerable.Range(1, (int)last).Select(r => (long)r));
            (await cluster.On(node).Set("/first", new byte[10], Revisions.Missing, firstId)).ShouldBe(1);
        }

        (await cluster.On(0).Set("/after", new byte[1], Revisions.Missing)).ShouldBe(last + 1);
    }

    [Fact]
    public async Task A_node_that_was_down_while_the_others_dropped_their_log_pulls_a_snapshot_and_votes_again()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start(adjust: Small);
        int leader = await cluster.LeaderSeenBy(0);
        int down = (leader + 1) % 3;
        int up = (leader + 2) % 3;
        await cluster.On(down).Set("/first", new byte[10], Revisions.Missing);
        await cluster.Kill(down);
        await WriteUntilLogIsDropped(cluster, [leader, up]);

        // What the first snapshot stands for stays in memory until the second.
        string[] snapshots = [SnapshotOf(leader), SnapshotOf(up)];
        long last = await WriteUntil(cluster, leader, () => SnapshotOf(leader) != snapshots[0] && SnapshotOf(up) != snapshots[1]);
        await cluster.Restart(down);
        await cluster.Lines.Contains($"{cluster.Nodes[down]} goes on in main from a peer's snapshot")
            .WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        for (long revision = 2; revision <= last; revision += 7)
            BitConverter.ToInt64((await cluster.On(down).Get($"/f{revision % 10}", revision)).Body).ShouldBe(revision);

        // With its help alone the other can go on, and what it took over outlives a restart.
        await cluster.Kill(leader);
        long after = await cluster.On(down).Set("/after", new byte[1], Revisions.Missing);
        await cluster.Kill(down);
        await cluster.Restart(down);
        (await cluster.On(down).Get("/after")).Revision.ShouldBe(after);
        (await cluster.On(down).Get("/first")).Revision.ShouldBe(1);

        string SnapshotOf(int node) =>
            Directory.GetFiles(Path.Combine(cluster.DataOf(node), "snapshots"), "main-*.snapshot").Max(StringComparer.Ordinal)
                ?? "";
    }

    [Fact]
    public async Task A_namespace_that_rests_does_not_keep_the_log_of_one_that_is_busy()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start(1, Small);
        INamespaceGrain rests = await cluster.Create("rests");
        long rested = await rests.Set("/kept", new byte[3], Revisions.Missing);
        await WriteUntilLogIsDropped(cluster, [0]);
        await cluster.Kill(0);
        cluster.LogFiles(0)[0].ShouldNotBe(SegmentName(1));
        await cluster.Restart(0);
        FileContent kept = await cluster.On(0, "rests").Get("/kept");
        kept.Revision.ShouldBe(rested);
        kept.Body.Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_restored_cluster_has_the_namespaces_of_the_files_under_their_names()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start(1);
        foreach (string name in (string[])["kept", "left-out"])
            await (await cluster.Create(name)).Set("/file", [1, 2, 3], Revisions.Missing);
        string[] files = [await cluster.Save(0, "kept"), await cluster.Save(0, "main")];
        await cluster.Kill(0);
        Directory.Delete(cluster.DataOf(0), recursive: true);
        SnapshotFiles.Restore(files, cluster.DataOf(0), new DoozerOptions().Cluster, cluster.Nodes[0]);
        await cluster.Restart(0);

        (await cluster.On(0, "kept").Get("/file")).Body.ShouldBe([1, 2, 3]);
        (await cluster.On(0, "kept").Nop()).ShouldBe(1_000_002);
        await Should.ThrowAsync<NoNamespaceException>(() => cluster.On(0, "left-out").Get("/file"));
        await cluster.Create("left-out");
        await cluster.On(0, "kept").Delete();
        await Should.ThrowAsync<NoNamespaceException>(() => cluster.On(0, "kept").Rev());
    }

    [Fact]
    public async Task What_the_log_holds_at_a_restart_counts_towards_the_next_snapshot()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start(1, Small);
        await Write(300);
        await cluster.Kill(0);
        Directory.GetFiles(Path.Combine(cluster.DataOf(0), "snapshots")).ShouldBeEmpty();
        await cluster.Restart(0);
        await Write(300);
        await cluster.Lines.Contains("Wrote a snapshot of main").WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

        async Task Write(int writes)
        {
            while (writes-- > 0)
                await cluster.On(0).Set("/file", new byte[2000], Revisions.Clobber);
        }
    }

    [Fact]
    public async Task Nodes_whose_folders_were_swapped_do_not_start()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        await cluster.On(0).Set("/file", new byte[1], Revisions.Missing);
        await Task.WhenAll(cluster.Kill(1), cluster.Kill(2));
        string aside = cluster.DataOf(1) + "-aside";
        Directory.Move(cluster.DataOf(1), aside);
        Directory.Move(cluster.DataOf(2), cluster.DataOf(1));
        Directory.Move(aside, cluster.DataOf(2));
        for (int node = 1; node <= 2; node++)
        {
            Exception refused = await Should.ThrowAsync<Exception>(() => cluster.Restart(node));
            refused.GetBaseException()
                .Message.ShouldContain($"belongs to node '{cluster.Nodes[3 - node]}', not '{cluster.Nodes[node]}'");
        }
    }

    internal static void Small(DoozerOptions options)
    {
        options.SnapshotLogBytes = 1 << 20;
        options.Log = new WriteAheadLogOptions { SegmentBytes = 2 << 20, MaxRecordBytes = 2000 << 10 };
    }

    internal static Task<long> WriteUntilLogIsDropped(DoozerCluster cluster, int[] nodes) =>
        WriteUntil(cluster, nodes[0], () => nodes.All(node => cluster.LogFiles(node)[0] != SegmentName(1)));

    internal static async Task<long> WriteUntil(DoozerCluster cluster, int node, Func<bool> condition)
    {
        long last = await cluster.On(node).Rev();
        for (int round = 0; !condition(); round++)
        {
            round.ShouldBeLessThan(400, "no snapshot is taken, or the log is not dropped");
            for (int write = 0; write < 5; write++)
            {
                byte[] body = new byte[20_000];
                BitConverter.TryWriteBytes(body, last + 1);
                last = await cluster.On(node).Set($"/f{(last + 1) % 10}", body, Revisions.Clobber);
            }
        }

        return last;
    }

    internal static string SegmentName(int number) => $"{number:D16}.log";
}

using System.Text;
using Doozer.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Doozer.Tests.Cluster;

public sealed class ClusterTests
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("body");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_go_on_without_an_error_when_the_leader_is_killed()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        int leader = await cluster.LeaderSeenBy(0);
        int[] survivors = [.. Enumerable.Range(0, 3).Where(node => node != leader)];
        using var load = new WriteLoad(8, writer => cluster.On(survivors[writer % 2]));
        await load.MoreWrites(200);
        await cluster.Kill(leader);
        await load.MoreWrites(1000);
        await load.Stop();

        load.Errors.ShouldBeEmpty();
        await load.ShouldBeIn(cluster.On(survivors[0]));
        await load.ShouldBeIn(cluster.On(survivors[1]));
    }

    [Fact]
    public async Task All_nodes_killed_while_writing_lose_no_acknowledged_write()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        using var load = new WriteLoad(8, writer => cluster.On(writer % 3));
        await load.MoreWrites(300);
        await Task.WhenAll(cluster.Kill(0), cluster.Kill(1), cluster.Kill(2));
        await load.Stop();
        await Task.WhenAll(cluster.Restart(0), cluster.Restart(1), cluster.Restart(2));

        await load.ShouldBeIn(cluster.On(0));
        (await cluster.On(1).Set("/after", Body, Revisions.Missing)).ShouldBeGreaterThan(load.Acknowledged.Values.Max());
    }

    [Fact]
    public async Task A_node_whose_disk_failed_says_so_at_once_while_the_others_go_on()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        int leader = await cluster.LeaderSeenBy(0);
        await cluster.On(leader).Set("/file", Body, Revisions.Missing);
        await cluster.CloseStorage(leader);

        // A hint that the leader wrote by itself may have met the closed log before.
        DoozerException first = await Should.ThrowAsync<DoozerException>(
            () => cluster.On(leader).Set("/taken", Body, Revisions.Clobber));
        (first is OutcomeUnknownException or NodeUnavailableException).ShouldBeTrue(first.Message);
        await Should.ThrowAsync<NodeUnavailableException>(() => cluster.On(leader).Set("/not-taken", Body, Revisions.Clobber));
        await Should.ThrowAsync<NodeUnavailableException>(() => cluster.On(leader).Rev());
        (await cluster.On(leader).Status()).Local.Leader.ShouldBe("");
        await cluster.On((leader + 1) % 3).Set("/others", Body, Revisions.Missing);
    }

    [Fact]
    public async Task A_minority_refuses_all_but_local_reads_and_names_who_is_missing()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start(
            adjust: options => options.RequestTimeout = TimeSpan.FromSeconds(5));
        long revision = await cluster.On(0).Set("/file", Body, Revisions.Missing);
        await cluster.On(0).Get("/file");
        await Task.WhenAll(cluster.Kill(1), cluster.Kill(2));

        DoozerException write = await Should.ThrowAsync<DoozerException>(() => cluster.On(0).Set("/file", Body, revision));
        write.Code.ShouldBeOneOf("no-quorum", "outcome-unknown");
        NoQuorumException read = await Should.ThrowAsync<NoQuorumException>(() => cluster.On(0).Get("/file"));
        read.Missing.ShouldBe([cluster.Nodes[1], cluster.Nodes[2]], ignoreOrder: true);
        read.Message.ShouldContain("2 of");
        // By now the node knows that it has no leader, so a write is surely not done.
        NoQuorumException refused = await Should.ThrowAsync<NoQuorumException>(() => cluster.On(0).Set("/other", Body, -1));
        refused.Missing.ShouldBe([cluster.Nodes[1], cluster.Nodes[2]], ignoreOrder: true);
        (await cluster.On(0).Get("/file", mode: ReadMode.Local)).Revision.ShouldBe(revision);

        // The others may have made it.
        await Should.ThrowAsync<NoQuorumException>(() => cluster.On(0, "other").Get("/file"));
        await Should.ThrowAsync<NoNamespaceException>(() => cluster.On(0, "other").Get("/file", mode: ReadMode.Local));

        await cluster.Restart(1);
        (await cluster.On(0).Get("/file")).Exists.ShouldBeTrue();
        await cluster.On(1).Set("/back", Body, Revisions.Missing);
    }

    [Fact]
    public async Task A_watch_misses_and_repeats_nothing_when_the_leader_is_killed()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        int leader = await cluster.LeaderSeenBy(0);
        int[] survivors = [.. Enumerable.Range(0, 3).Where(node => node != leader)];
        IDoozerClient client = cluster.ClientServices.GetRequiredService<IDoozerClient>();
        var seen = new List<FileEvent>();
        using var load = new WriteLoad(4, writer => cluster.On(survivors[writer % 2]));
        Task watching = WatchToEnd();
        await load.MoreWrites(200);
        await cluster.Kill(leader);
        await load.MoreWrites(500);
        await load.Stop();
        long end = await cluster.On(survivors[0]).Set("/end", Body, Revisions.Missing);
        await watching.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

        seen.Select(e => e.Revision).ShouldBe(Enumerable.Range(1, (int)end).Select(r => (long)r));
        foreach ((string path, long revision) in load.Acknowledged)
            seen[(int)revision - 1].Path.ShouldBe(path);

        async Task WatchToEnd()
        {
            await foreach (FileEvent e in client.Namespace("main").WatchAsync("/**", 1, Cancellation))
            {
                seen.Add(e);
                if (e.Path == "/end")
                    return;
            }
        }
    }

    [Fact]
    public async Task A_node_that_stops_hands_leadership_over()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        int leader = await cluster.LeaderSeenBy(0);
        int other = (leader + 1) % 3;
        await cluster.Stop(leader);
        (await cluster.LeaderSeenBy(other)).ShouldNotBe(leader);
        await cluster.On(other).Set("/after", Body, Revisions.Missing);
    }

    [Fact]
    public async Task A_node_that_was_down_catches_up()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        int leader = await cluster.LeaderSeenBy(0);
        int down = (leader + 1) % 3;
        int up = (leader + 2) % 3;
        await cluster.Kill(down);
        long last = 0;
        for (int i = 0; i < 300; i++)
            last = await cluster.On(up).Set("/file", Encoding.UTF8.GetBytes($"{i}"), last);
        await cluster.Restart(down);

        FileContent file = await cluster.On(down).Get("/file");
        file.Revision.ShouldBe(last);
        WaitResult events = await cluster.On(down).Wait("/file", 1, Limits.PageSize, TimeSpan.Zero);
        events.Events.Select(e => e.Revision).ShouldBe(Enumerable.Range(1, 300).Select(r => (long)r));
    }

    [Fact]
    public async Task A_node_that_lost_its_data_is_refused_under_its_old_id()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        await cluster.On(0).Set("/file", Body, Revisions.Missing);
        await cluster.On(2).Get("/file");
        await cluster.Kill(2);
        Directory.Delete(cluster.DataOf(2), recursive: true);

        // It may hear of it before it has quite started.
        await Record.ExceptionAsync(() => cluster.Restart(2));
        await cluster.Lines.Contains("This node stops: node").WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
    }

    [Fact]
    public async Task A_node_with_other_peers_is_refused_by_the_others()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        await cluster.On(0).Set("/file", Body, Revisions.Missing);
        await cluster.Kill(2);
        Directory.Delete(cluster.DataOf(2), recursive: true);
        cluster.Adjust = static options => options.Peers.Add("Silo_3");

        // It may hear of it before it has quite started.
        await Record.ExceptionAsync(() => cluster.Restart(2));
        await cluster.Lines.Contains("This node stops: too many peers were given another --peers")
            .WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await cluster.On(0).Set("/still", Body, Revisions.Missing);
    }

    [Fact]
    public async Task A_node_does_not_start_with_other_quorums_than_its_data_was_made_with()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        await cluster.On(0).Set("/file", Body, Revisions.Missing);
        await cluster.Kill(2);
        cluster.Adjust = static options => options.WriteQuorum = 1;
        Exception refused = await Should.ThrowAsync<Exception>(() => cluster.Restart(2));
        refused.GetBaseException().Message.ShouldContain("3 to lead and 1 to choose of Silo_0, Silo_1, Silo_2");
        cluster.Adjust = static options => (options.ElectionQuorum, options.WriteQuorum) = (2, 1);
        refused = await Should.ThrowAsync<Exception>(() => cluster.Restart(2));
        refused.GetBaseException().Message.ShouldContain("their sizes must add up to more than 3");
    }

    [Fact]
    public async Task A_node_does_not_start_with_other_peers_than_its_data_was_made_with()
    {
        await using DoozerCluster cluster = await DoozerCluster.Start();
        await cluster.On(0).Set("/file", Body, Revisions.Missing);
        await cluster.Kill(2);
        cluster.Adjust = static options => options.Peers.Add("Silo_3");
        Exception refused = await Should.ThrowAsync<Exception>(() => cluster.Restart(2));
        refused.GetBaseException().Message.ShouldContain("2 of Silo_0, Silo_1, Silo_2");
        cluster.Adjust = static _ => { };
        await cluster.Restart(2);
        (await cluster.On(2).Get("/file")).Exists.ShouldBeTrue();
    }
}

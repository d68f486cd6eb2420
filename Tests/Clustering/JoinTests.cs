using System.Net;
using Doozer.Clustering;
using Doozer.Paxos;
using Doozer.Tests.Client;

namespace Doozer.Tests.Clustering;

/// <summary>How silos join that start at the same time, and those that find nobody who is active.</summary>
public sealed class JoinTests
{
    private static readonly DateTime Now = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly QuorumSystem Three = new(["n1", "n2", "n3"]);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);
    private long _changes;

    [Fact]
    public async Task Of_silos_that_start_at_once_one_reads_the_table_when_the_other_has_written()
    {
        await using var peers = new TestPeers();
        (QuorumMembershipTable first, QuorumMembershipTable second, VirtualTime time) = await StartTwo(peers);
        MembershipTableData read = await first.ReadAll();
        Task<MembershipTableData> waits = second.ReadAll();
        await time.FireAsync(Poll);
        await time.FireAsync(Poll);
        waits.IsCompleted.ShouldBeFalse();

        (await first.InsertRow(Entry(1), read.Version.Next())).ShouldBeTrue();
        read = await time.FireUntilAsync(waits, Second);
        read.Version.Version.ShouldBe(1);
        (await second.InsertRow(Entry(2), read.Version.Next())).ShouldBeTrue();
    }

    [Fact]
    public async Task A_silo_that_reads_and_does_not_write_is_not_waited_for_longer_than_a_second()
    {
        await using var peers = new TestPeers();
        (QuorumMembershipTable first, QuorumMembershipTable second, VirtualTime time) = await StartTwo(peers);
        MembershipTableData late = await first.ReadAll();
        Task<MembershipTableData> waits = second.ReadAll();
        MembershipTableData read = await time.FireUntilAsync(waits, Second + Poll);
        time.Now.ShouldBeInRange(Second, Second + Poll);
        (await second.InsertRow(Entry(2), read.Version.Next())).ShouldBeTrue();
        (await first.InsertRow(Entry(1), late.Version.Next())).ShouldBeFalse("the table has gone on");
    }

    [Fact]
    public void Silos_that_a_quorum_of_joining_peers_cannot_reach_are_dead()
    {
        MembershipImage table = Table(Entry(1, SiloStatus.Active), Entry(2), Entry(3));
        table = Unreached(table, 2, 1).ShouldNotBeNull();
        table.Find(Silo(1))!.Entry.Status.ShouldBe(SiloStatus.Active, "one of three is no quorum");
        table.Version.ShouldBe(3, "what a silo says of others must not make its own next write fail");
        Unreached(table, 2, 1).ShouldBeNull("it has said so");

        table = MembershipImage.Decode(Unreached(MembershipImage.Decode(table.Encode()), 3, 1).ShouldNotBeNull().Encode());
        MembershipEntry dead = table.Find(Silo(1))!.Entry;
        dead.Status.ShouldBe(SiloStatus.Dead);
        dead.SuspectTimes!.Select(vote => vote.Item1).ShouldBe([Silo(2), Silo(3)], ignoreOrder: true);
        table.Version.ShouldBe(4);
    }

    [Fact]
    public void A_silo_whose_node_is_no_acceptor_does_not_count()
    {
        MembershipImage table = Table(Entry(1, SiloStatus.Active), Entry(2), Entry(4), Entry(5));
        foreach (int silo in (int[])[2, 4, 5])
            table = Unreached(table, silo, 1).ShouldNotBeNull();
        table.Find(Silo(1))!.Entry.Status.ShouldBe(SiloStatus.Active);
    }

    [Fact]
    public void Nobody_is_declared_dead_while_another_silo_is_active()
    {
        MembershipImage table = Table(Entry(1, SiloStatus.Active), Entry(2), Entry(3));
        table = Unreached(table, 2, 1).ShouldNotBeNull();
        table = table.With(Entry(2, SiloStatus.Active), ++_changes);
        Unreached(table, 3, 1).ShouldBeNull("silo 2 has become active meanwhile, and judges by itself");
        Unreached(table, 3, 1, 2)
            .ShouldNotBeNull()
            .Rows.ShouldNotContain(row => row.Entry.Status == SiloStatus.Dead, "what silo 2 said is gone with its new row");
    }

    [Fact]
    public void Only_a_silo_that_joins_counts_and_only_once()
    {
        MembershipImage table = Table(Entry(1, SiloStatus.Active), Entry(2, SiloStatus.Active), Entry(3));
        Unreached(table, 2, 1).ShouldBeNull();

        MembershipEntry again = Entry(4);
        again.SiloName = "n3";
        table = Table(Entry(1, SiloStatus.Active), Entry(3), again);
        table = Unreached(table, 3, 1).ShouldNotBeNull();
        Unreached(table, 4, 1).ShouldNotBeNull().Find(Silo(1))!.Entry.Status.ShouldBe(SiloStatus.Active);
    }

    [Fact]
    public void The_earlier_silo_at_the_own_address_is_no_concern()
    {
        var earlier = SiloAddress.New(Silo(2).Endpoint, 1);
        MembershipEntry row = Entry(2, SiloStatus.Active);
        row.SiloAddress = earlier;
        Table(row, Entry(2)).ActiveBeside(Silo(2)).ShouldBeEmpty();
    }

    [Fact]
    public void What_a_node_left_at_other_addresses_is_dead_when_it_comes_back()
    {
        MembershipEntry killedWhileJoining = Entry(4);
        killedWhileJoining.SiloName = "n1";
        MembershipEntry beforeTheClockWasSetBack = Entry(1, SiloStatus.Active);
        beforeTheClockWasSetBack.SiloAddress = SiloAddress.New(Silo(1).Endpoint, Silo(1).Generation + 1);
        MembershipEntry lastRun = Entry(1, SiloStatus.Active);
        lastRun.SiloAddress = SiloAddress.New(Silo(1).Endpoint, Silo(1).Generation - 1);
        MembershipImage table = Table(killedWhileJoining, beforeTheClockWasSetBack, lastRun, Entry(2, SiloStatus.Active));

        MembershipImage next = table.WithoutEarlierRuns("n1", Silo(1), Now, () => ++_changes).ShouldNotBeNull();

        next.Find(killedWhileJoining.SiloAddress)!.Entry.Status.ShouldBe(SiloStatus.Dead);
        next.Find(beforeTheClockWasSetBack.SiloAddress)!.Entry.Status.ShouldBe(SiloStatus.Dead);
        next.Find(lastRun.SiloAddress)!.Entry.Status.ShouldBe(
            SiloStatus.Active, "Orleans declares it dead, and two writers would get in each other's way");
        next.Find(Silo(2))!.Entry.Status.ShouldBe(SiloStatus.Active);
        next.Version.ShouldBe(table.Version + 2);
        next.WithoutEarlierRuns("n1", Silo(1), Now, () => ++_changes).ShouldBeNull();
    }

    [Fact]
    public void A_node_that_joins_at_another_address_is_gone_from_the_first()
    {
        MembershipEntry moved = Entry(4);
        moved.SiloName = "n1";
        MembershipEntry old = Entry(1, SiloStatus.Active);
        Table(old, Entry(2)).HasReturnedElsewhere(old).ShouldBeFalse();
        Table(old, moved).HasReturnedElsewhere(old).ShouldBeTrue();
    }

    private static async Task<(QuorumMembershipTable First, QuorumMembershipTable Second, VirtualTime Time)> StartTwo(
        TestPeers peers)
    {
        TestPeer[] nodes = await peers.StartAll();
        var time = new VirtualTime();
        var first = new QuorumMembershipTable(nodes[0].Node, time);
        var second = new QuorumMembershipTable(nodes[1].Node, time);
        first.ExpectWrite();
        second.ExpectWrite();
        return (first, second, time);
    }

    private MembershipImage? Unreached(MembershipImage table, int self, params int[] silos) =>
        table.WithUnreached(Silo(self), [.. silos.Select(Silo)], Three.IsPhase1Quorum, Now, () => ++_changes);

    private MembershipImage Table(params MembershipEntry[] entries) =>
        entries.Aggregate(MembershipImage.Empty, (table, entry) => table.With(entry, ++_changes));

    private static SiloAddress Silo(int number) =>
        SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1000 + number), number + 10);

    private static MembershipEntry Entry(int number, SiloStatus status = SiloStatus.Joining) => new()
    {
        SiloAddress = Silo(number),
        Status = status,
        HostName = "host",
        SiloName = $"n{number}",
        StartTime = Now,
        IAmAliveTime = Now,
        SuspectTimes = [],
    };
}

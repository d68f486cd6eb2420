using System.Net;
using Doozer.Clustering;

namespace Doozer.Tests.Clustering;

/// <summary>What Orleans asks of a membership table.</summary>
public sealed class TableTests : IAsyncLifetime
{
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly TestPeers _peers = new();
    private TestPeer[] _nodes = [];

    private QuorumMembershipTable Table => _nodes[0].Table;

    public async ValueTask InitializeAsync() => _nodes = await _peers.StartAll();

    public ValueTask DisposeAsync() => _peers.DisposeAsync();

    [Fact]
    public async Task An_inserted_row_is_read_back_on_every_node()
    {
        MembershipEntry entry = Entry(1);
        entry.AddSuspector(Silo(9), Start.AddSeconds(5));
        (await Table.InsertRow(entry, (await Table.ReadAll()).Version.Next())).ShouldBeTrue();

        foreach (TestPeer node in _nodes)
        {
            MembershipTableData data = await node.Table.ReadRow(Silo(1));
            data.Version.Version.ShouldBe(1);
            MembershipEntry read = data.Members.ShouldHaveSingleItem().Item1;
            read.SiloAddress.ShouldBe(entry.SiloAddress);
            read.Status.ShouldBe(SiloStatus.Joining);
            read.ProxyPort.ShouldBe(30001);
            (read.HostName, read.SiloName, read.RoleName).ShouldBe(("host", "silo1", "role"));
            (read.StartTime, read.IAmAliveTime).ShouldBe((Start, Start.AddMinutes(1)));
            read.SuspectTimes.ShouldBe([Tuple.Create(Silo(9), Start.AddSeconds(5))]);
        }

        (await Table.ReadRow(Silo(2))).Members.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_two_writes_on_one_version_only_the_first_wins()
    {
        TableVersion next = (await Table.ReadAll()).Version.Next();
        (await Table.InsertRow(Entry(1), next)).ShouldBeTrue();
        (await _nodes[1].Table.InsertRow(Entry(2), next)).ShouldBeFalse("the version is not the current one");
        (await Table.InsertRow(Entry(1), (await Table.ReadAll()).Version.Next())).ShouldBeFalse("the row is there already");
        (await Table.ReadAll()).Version.Version.ShouldBe(1);
    }

    [Fact]
    public async Task An_update_needs_the_rows_etag_and_the_tables_version()
    {
        await Table.InsertRow(Entry(1), (await Table.ReadAll()).Version.Next());
        await Table.InsertRow(Entry(2), (await Table.ReadAll()).Version.Next());
        MembershipTableData data = await Table.ReadAll();
        string etag = data.TryGet(Silo(1))!.Item2;
        MembershipEntry active = Entry(1);
        active.Status = SiloStatus.Active;

        (await Table.UpdateRow(active, "wrong", data.Version.Next())).ShouldBeFalse();
        (await Table.UpdateRow(active, etag, data.Version)).ShouldBeFalse("a version must rise by one");
        (await Table.UpdateRow(active, etag, data.Version.Next().Next())).ShouldBeFalse("a version must rise by one");
        (await Table.UpdateRow(Entry(3), etag, data.Version.Next())).ShouldBeFalse("there is no such row");
        (await Table.UpdateRow(active, etag, data.Version.Next())).ShouldBeTrue();

        MembershipTableData after = await _nodes[2].Table.ReadAll();
        after.Version.Version.ShouldBe(3);
        after.TryGet(Silo(1))!.Item1.Status.ShouldBe(SiloStatus.Active);
        after.TryGet(Silo(1))!.Item2.ShouldNotBe(etag);
        after.TryGet(Silo(2))!.Item2.ShouldBe(data.TryGet(Silo(2))!.Item2, "the other row has not changed");
    }

    [Fact]
    public async Task A_sign_of_life_changes_only_its_time()
    {
        await Table.InsertRow(Entry(1), (await Table.ReadAll()).Version.Next());
        MembershipTableData before = await Table.ReadAll();
        await Table.UpdateIAmAlive(new MembershipEntry { SiloAddress = Silo(1), IAmAliveTime = Start.AddHours(1) });
        await Table.UpdateIAmAlive(new MembershipEntry { SiloAddress = Silo(2), IAmAliveTime = Start.AddHours(1) });

        MembershipTableData after = await _nodes[1].Table.ReadAll();
        after.Version.ShouldBe(before.Version);
        (MembershipEntry entry, string etag) = after.Members.ShouldHaveSingleItem();
        etag.ShouldBe(before.Members[0].Item2);
        entry.IAmAliveTime.ShouldBe(Start.AddHours(1));
        entry.SiloName.ShouldBe("silo1");
    }

    [Fact]
    public async Task Cleanup_removes_what_is_defunct_and_old_and_nothing_else()
    {
        await Insert(Entry(1, SiloStatus.Dead));
        await Insert(Entry(2, SiloStatus.Active));
        MembershipEntry suspected = Entry(3, SiloStatus.Dead);
        suspected.AddSuspector(Silo(2), Start.AddHours(2));
        await Insert(suspected);

        await Table.CleanupDefunctSiloEntries(new DateTimeOffset(Start));
        (await Table.ReadAll()).Members.Count.ShouldBe(3, "nothing is that old");
        await Table.CleanupDefunctSiloEntries(new DateTimeOffset(Start.AddHours(1)));
        MembershipTableData data = await Table.ReadAll();
        data.Members.Select(row => row.Item1.SiloName).Order().ShouldBe(["silo2", "silo3"]);
        data.Version.Version.ShouldBe(3);
    }

    [Fact]
    public async Task Deleting_clears_this_clusters_table_and_the_version_goes_on()
    {
        await Insert(Entry(1));
        await Table.DeleteMembershipTableEntries("another");
        (await Table.ReadAll()).Members.Count.ShouldBe(1);
        await Table.DeleteMembershipTableEntries("test");
        MembershipTableData data = await Table.ReadAll();
        data.Members.ShouldBeEmpty();
        data.Version.Version.ShouldBe(2);
    }

    [Fact]
    public async Task An_idle_node_costs_less_than_a_request_a_second()
    {
        await Insert(Entry(1));
        await Table.ReadAll();
        long before = _nodes[0].Node.Peers.Sent;
        await Table.ReadAll();
        await Table.UpdateIAmAlive(new MembershipEntry { SiloAddress = Silo(1), IAmAliveTime = Start });
        long sent = _nodes[0].Node.Peers.Sent - before;

        // Doozer's nodes read and write once in 5 s each; Orleans by itself every 60 s and 30 s.
        sent.ShouldBe(4);
        (sent / 5.0).ShouldBeLessThan(1);
    }

    [Fact]
    public void The_table_stays_small_over_hundreds_of_restarts()
    {
        MembershipImage image = MembershipImage.Empty;
        for (int i = 1; i <= 500; i++)
        {
            MembershipEntry entry = Entry(i, SiloStatus.Dead);
            entry.HostName = new string('h', 255);
            for (int vote = 0; vote < 100; vote++)
                entry.AddSuspector(Silo(vote), Start.AddSeconds(vote));
            image = MembershipImage.Decode(image.With(entry, i).Encode());
        }

        image.Version.ShouldBe(500);
        image.Rows.Count.ShouldBe(MembershipImage.MaxDeadRows);
        image.Find(Silo(500)).ShouldNotBeNull();
        image.Encode().Length.ShouldBeLessThan(RegisterState.MaxValueBytes);
    }

    private async Task Insert(MembershipEntry entry) =>
        (await Table.InsertRow(entry, (await Table.ReadAll()).Version.Next())).ShouldBeTrue();

    private static SiloAddress Silo(int number) =>
        SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1000 + (number % 60000)), number);

    private static MembershipEntry Entry(int number, SiloStatus status = SiloStatus.Joining) => new()
    {
        SiloAddress = Silo(number),
        Status = status,
        ProxyPort = 30000 + (number % 1000),
        HostName = "host",
        SiloName = $"silo{number}",
        RoleName = "role",
        StartTime = Start,
        IAmAliveTime = Start.AddMinutes(1),
    };
}

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

    /// <summary>What the first node has sent for its table. Each node also greets the others every few seconds.</summary>
    private int Sent => _peers.Recorded
        .Select(recorded => PeerRequest.Decode(recorded.Body))
        .Count(sent => sent is { From.Node: "n1", Request.Kind: not RegisterRequestKind.Hello });

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
    public async Task Cleanup_removes_dead_silos_that_are_strictly_older_and_nothing_else()
    {
        SiloStatus[] alive =
            [SiloStatus.Created, SiloStatus.Joining, SiloStatus.Active, SiloStatus.ShuttingDown, SiloStatus.Stopping];
        foreach (SiloStatus status in alive)
            await Insert(Entry((int)status, status));
        await Insert(Entry(11, SiloStatus.Dead));
        MembershipEntry started = Entry(12, SiloStatus.Dead);
        started.StartTime = Start.AddHours(2);
        await Insert(started);
        MembershipEntry suspected = Entry(13, SiloStatus.Dead);
        suspected.AddSuspector(Silo(2), Start.AddHours(2));
        await Insert(suspected);
        int version = (await Table.ReadAll()).Version.Version;

        await Table.CleanupDefunctSiloEntries(new DateTimeOffset(Start.AddMinutes(1)));
        (await Table.ReadRow(Silo(11))).Members.ShouldHaveSingleItem("its last sign of life is the cutoff itself");
        await Table.CleanupDefunctSiloEntries(new DateTimeOffset(Start.AddMinutes(1).AddTicks(1)));
        MembershipTableData data = await _nodes[1].Table.ReadAll();
        data.Members.Select(row => row.Item1.Status).ShouldBe([.. alive, SiloStatus.Dead, SiloStatus.Dead], ignoreOrder: true);
        data.TryGet(Silo(11)).ShouldBeNull();
        data.Version.Version.ShouldBe(version);
    }

    [Fact]
    public async Task A_dead_row_that_was_cleared_is_not_written_again_by_who_had_read_it()
    {
        await Insert(Entry(1, SiloStatus.Dead));
        MembershipTableData before = await Table.ReadAll();
        await _nodes[1].Table.CleanupDefunctSiloEntries(new DateTimeOffset(Start.AddHours(1)));
        (await Table.UpdateRow(Entry(1, SiloStatus.Dead), before.Members[0].Item2, before.Version.Next())).ShouldBeFalse();
        (await Table.ReadAll()).Members.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_names_with_a_token_do_the_same_and_heed_the_token()
    {
        CancellationToken none = TestContext.Current.CancellationToken;
        IMembershipTable table = Table;
        (await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync(none)).Version.Next(), none)).ShouldBeTrue();
        MembershipTableData read = await table.ReadRowAsync(Silo(1), none);
        (await table.UpdateRowAsync(Entry(1, SiloStatus.Dead), read.Members[0].Item2, read.Version.Next(), none)).ShouldBeTrue();
        await table.UpdateIAmAliveAsync(Entry(1), none);
        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(Start.AddHours(1)), none);
        await table.DeleteMembershipTableEntriesAsync("test", none);
        await table.InitializeMembershipTableAsync(true, none);
        read = await table.ReadAllAsync(none);
        read.Members.ShouldBeEmpty();

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        int sent = Sent;
        await Should.ThrowAsync<OperationCanceledException>(() => table.ReadAllAsync(cancelled.Token));
        await Should.ThrowAsync<OperationCanceledException>(() => table.ReadRowAsync(Silo(1), cancelled.Token));
        await Should.ThrowAsync<OperationCanceledException>(() => table.InitializeMembershipTableAsync(true, cancelled.Token));
        await Should.ThrowAsync<OperationCanceledException>(
            () => table.InsertRowAsync(Entry(2), read.Version.Next(), cancelled.Token));
        await Should.ThrowAsync<OperationCanceledException>(() => table.UpdateIAmAliveAsync(Entry(1), cancelled.Token));
        Sent.ShouldBe(sent);
    }

    [Fact]
    public async Task An_address_that_is_good_on_one_machine_only_is_refused()
    {
        MembershipEntry entry = Entry(1);
        entry.SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Parse("fe80::1%3"), 11111), 1);
        TableVersion next = (await Table.ReadAll()).Version.Next();
        (await Should.ThrowAsync<ClusteringException>(() => Table.InsertRow(entry, next)))
            .Message.ShouldContain("fe80::1%3 names an interface of its own machine ('%3')");
        (await Table.ReadAll()).Members.ShouldBeEmpty();

        entry.SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Parse("fe80::1"), 11111), 1);
        await Insert(entry);
        (await Table.ReadRow(entry.SiloAddress)).Members.ShouldHaveSingleItem();
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
        int before = Sent;
        await Table.ReadAll();
        await Table.UpdateIAmAlive(new MembershipEntry { SiloAddress = Silo(1), IAmAliveTime = Start });
        int sent = Sent - before;

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
        image.Rows.Count.ShouldBeInRange(MembershipImage.MaxDeadRows, 300);
        image.Find(Silo(500)).ShouldNotBeNull();
        image.Encode().Length.ShouldBeLessThan(RegisterState.MaxValueBytes);
    }

    [Fact]
    public void Dead_silos_are_kept_for_an_hour_and_longer_only_the_newest()
    {
        MembershipImage image = MembershipImage.Empty;
        for (int i = 1; i <= 300; i++)
            image = image.With(Entry(i, SiloStatus.Dead), i);
        image.Rows.Count.ShouldBe(300);

        MembershipEntry later = Entry(301);
        later.IAmAliveTime = Start.AddHours(2);
        image = image.With(later, 301);
        image.Rows.Count.ShouldBe(MembershipImage.MaxDeadRows + 1);
        image.Find(Silo(300)).ShouldNotBeNull();
        image.Find(Silo(1)).ShouldBeNull();
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

using System.Net;
using System.Text;
using Doozer.Clustering;
using Doozer.Storage;
using Doozer.Tests.Client;

namespace Doozer.Tests.Clustering;

/// <summary>Whom a peer lets take part.</summary>
public sealed class PeerTests : IAsyncLifetime
{
    private const string Secret = "a secret of enough characters";
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(5);
    private readonly TestPeers _peers = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _peers.DisposeAsync();

    [Fact]
    public async Task Peers_with_one_secret_agree()
    {
        TestPeer first = await _peers.Start(1, options => options.Secret = Secret);
        await _peers.Start(2, options => options.Secret = Secret);
        (await first.Table.ReadAll()).Version.Version.ShouldBe(0);
    }

    [Theory]
    [InlineData("another secret, as long")]
    [InlineData(null)]
    public async Task A_wrong_or_missing_secret_is_refused_and_both_sides_say_so(string? secret)
    {
        await _peers.Start(1, options => options.Secret = Secret);
        TestPeer wrong = await _peers.Start(2, options =>
        {
            options.Secret = secret;
            GiveUpSoon(options);
        });
        ClusteringException error = await Should.ThrowAsync<ClusteringException>(wrong.Table.ReadAll);
        error.Message.ShouldContain("it needs 2 of n1, n2, n3");
        error.Message.ShouldContain("n1 at http://127.0.0.1:1/ refuses: The request from 127.0.0.1 is not signed");
        error.Message.ShouldContain("n3 at http://127.0.0.1:3/ does not answer (Connection refused)");
        await _peers.Lines.Contains("n1 refused 127.0.0.1: The request from 127.0.0.1 is not signed");
        await _peers.Lines.Contains("n2 was refused by n1 at http://127.0.0.1:1/: The request from 127.0.0.1 is not signed");
        wrong.Failure.Reason.ShouldBeNull("an answer that is not signed must not stop a node");
    }

    [Fact]
    public async Task Lists_of_peers_that_differ_are_refused_with_both_lists()
    {
        TestPeer first = await _peers.Start(1, GiveUpSoon);
        await _peers.Start(2, options => options.Peers.Add("n4", new Uri("http://127.0.0.1:4")));
        ClusteringException error = await Should.ThrowAsync<ClusteringException>(first.Table.ReadAll);
        error.Message.ShouldContain("n1 counts the peers n1, n2, n3, but n2 counts n1, n2, n3, n4");
        await _peers.Lines.Contains("n2 refused n1 at 127.0.0.1: n1 counts the peers n1, n2, n3, but n2 counts n1, n2, n3, n4");
    }

    [Fact]
    public async Task Another_cluster_is_refused()
    {
        TestPeer first = await _peers.Start(1, GiveUpSoon);
        await _peers.Start(2, cluster: "other");
        (await Should.ThrowAsync<ClusteringException>(first.Table.ReadAll))
            .Message.ShouldContain("n2 belongs to cluster 'other', not 'test'");
    }

    [Fact]
    public async Task Who_comes_and_goes_is_logged_within_seconds_each_time()
    {
        var time = new VirtualTime();
        TestPeer first = await _peers.Start(1, time: time);
        await first.Node.StartedAsync(TestContext.Current.CancellationToken);
        for (int times = 1; times <= 2; times++)
        {
            await time.FireAsync(WatchPeriod);
            await _peers.Lines.Contains("n1 cannot reach n2 at http://127.0.0.1:2/: Connection refused", times);
            TestPeer second = await _peers.Start(2);
            await time.FireAsync(WatchPeriod);
            await _peers.Lines.Contains("n1 reaches n2 at http://127.0.0.1:2/", times);
            await _peers.Stop(second);
        }
    }

    [Fact]
    public async Task A_peer_may_return_with_a_new_address()
    {
        TestPeer[] nodes = await _peers.StartAll();
        await nodes[0].Table.ReadAll();
        await _peers.Stop(nodes[0]);
        await _peers.Stop(nodes[2]);
        _peers.Rerouted[77] = 1;
        _peers.Rerouted[1] = 99;
        TestPeer back = await _peers.Start(1, options => options.Peers["n1"] = new Uri("http://127.0.0.1:77"));
        await back.Table.ReadAll();
    }

    [Fact]
    public async Task A_peer_that_lost_its_data_is_refused_and_stops()
    {
        TestPeer[] nodes = await _peers.StartAll();
        foreach (TestPeer node in nodes)
            await node.Table.UpdateIAmAlive(new MembershipEntry());
        await _peers.Stop(nodes[0]);
        Directory.Delete(_peers.DataOf(1), recursive: true);

        TestPeer reborn = await _peers.Start(1);
        await Should.ThrowAsync<ClusteringException>(reborn.Table.ReadAll);
        reborn.Failure.Reason.ShouldNotBeNull().ShouldContain("has met n1 with other data than it has now");
        await _peers.Lines.Contains("This node stops: ");
        await nodes[1].Table.ReadAll();
        nodes[1].Failure.Reason.ShouldBeNull();
    }

    [Fact]
    public async Task A_second_process_under_one_id_stops_before_it_speaks()
    {
        TestPeer first = await _peers.Start(1);
        string copy = _peers.DataOf(7);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(_peers.DataOf(1)).Where(file => Path.GetFileName(file) != "lock"))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        (await Should.ThrowAsync<ClusteringException>(() => _peers.Start(1, options => options.DataDirectory = copy)))
            .Message.ShouldContain("Another process runs as n1 already");
        first.Failure.Reason.ShouldBeNull();
    }

    [Fact]
    public void An_earlier_process_that_speaks_again_is_not_current()
    {
        var instances = new PeerInstances();
        (Guid one, Guid two) = (PeerInstances.New(1), PeerInstances.New(2));
        instances.IsCurrent("n1", one).ShouldBeTrue();
        instances.IsCurrent("n1", one).ShouldBeTrue();
        instances.IsCurrent("n1", two).ShouldBeTrue("a restart");
        instances.IsCurrent("n2", one).ShouldBeTrue();
        instances.IsCurrent("n1", one).ShouldBeFalse();
        instances.IsCurrent("n1", two).ShouldBeTrue();
        instances.IsCurrent("n1", PeerInstances.New(1L << 40)).ShouldBeTrue();
        instances.IsCurrent("n1", two).ShouldBeFalse();
        instances.IsCurrent("n1", Guid.NewGuid()).ShouldBeTrue("an earlier version draws instances without a number");
    }

    [Fact]
    public async Task A_missing_file_is_not_taken_for_a_new_peer()
    {
        await _peers.Stop(await _peers.Start(1));
        File.Delete(Path.Combine(_peers.DataOf(1), AcceptorFile.Name));
        (await Should.ThrowAsync<StorageException>(() => _peers.Start(1))).Message.ShouldContain("is missing");
    }

    [Fact]
    public async Task A_missing_identity_is_not_taken_for_a_new_peer_whose_promises_may_go()
    {
        await _peers.Stop(await _peers.Start(1));
        string register = Path.Combine(_peers.DataOf(1), AcceptorFile.Name);
        byte[] promises = await File.ReadAllBytesAsync(register, TestContext.Current.CancellationToken);
        File.Delete(Path.Combine(_peers.DataOf(1), "identity"));
        (await Should.ThrowAsync<StorageException>(() => _peers.Start(1)))
            .Message.ShouldContain("has a file 'register' but no identity file");
        (await File.ReadAllBytesAsync(register, TestContext.Current.CancellationToken)).ShouldBe(promises);
    }

    [Fact]
    public async Task A_peer_that_stops_without_a_quorum_is_not_held_up()
    {
        TestPeer[] nodes = await _peers.StartAll();
        await nodes[0].Table.ReadAll();
        foreach (TestPeer node in nodes)
            await _peers.Stop(node);
        MembershipTableData last = await nodes[0].Table.ReadAll();
        (await nodes[0].Table.InsertRow(
            new MembershipEntry { Status = Orleans.Runtime.SiloStatus.Dead }, last.Version.Next())).ShouldBeTrue();
    }

    [Fact]
    public void Malformed_messages_are_no_crash()
    {
        var request = new PeerRequest(
            new PeerIdentity("c", "a", Guid.NewGuid(), Guid.NewGuid(), ["a", "b"]), "b", Guid.Empty, Guid.NewGuid(),
            RegisterRequest.Read);
        byte[] whole = request.Encode();
        PeerRequest.Decode(whole).Nonce.ShouldBe(request.Nonce);
        for (int length = 0; length < whole.Length; length++)
            Should.Throw<InvalidDataException>(() => PeerRequest.Decode(whole.AsMemory(0, length)));
        Should.Throw<InvalidDataException>(() => PeerRequest.Decode((byte[])[.. whole, 0]))
            .Message.ShouldContain("bytes after its end");
    }

    [Fact]
    public async Task Junk_from_one_address_is_logged_once_and_not_taken_for_a_peer_of_another_version()
    {
        TestPeer peer = await _peers.Start(1, time: new VirtualTime());
        byte[] request = new PeerRequest(
            new PeerIdentity("other", "x", Guid.Empty, Guid.Empty, []), "n1", Guid.Empty, Guid.Empty, RegisterRequest.Read)
            .Encode();
        for (int i = 0; i < 5; i++)
        {
            byte[] junk = [120, .. new byte[i]];
            PeerReply reply = await peer.Node.Gate!.Handle(junk, null, IPAddress.Parse("127.0.0.9"));
            reply.Status.ShouldBe(400);
            Encoding.UTF8.GetString(reply.Body).ShouldContain("it begins with 120, not 1 or 2, so no peer of this version has");

            // Somebody who calls himself something else each time is nobody else.
            request[8] = (byte)('a' + i);
            (await peer.Node.Gate.Handle(request, null, IPAddress.Parse("127.0.0.9"))).Status.ShouldBe(403);
        }

        await _peers.Lines.Contains("n1 refused 127.0.0.9: A peer's request of 1 bytes is malformed", 1);
        await _peers.Lines.Contains("n1 refused a at 127.0.0.9: n1 belongs to cluster 'test'", 1);
        _peers.Lines.Count("n1 refused").ShouldBe(2);
    }

    private static void GiveUpSoon(QuorumClusteringOptions options) => options.OperationTimeout = TimeSpan.FromSeconds(2);
}

using Doozer.Grains;
using Doozer.Namespaces;
using Doozer.Node;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tests.Client;
using Doozer.Tree;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

public sealed partial class ReplicaDriverTests : IAsyncLifetime
{
    private readonly List<(string To, PeerEnvelope Envelope)> _sent = [];
    private readonly ConcurrentExclusiveSchedulerPair _turns = new();
    private OpenStorage _opened = null!;
    private ReplicaDriver _replica = null!;

    public async ValueTask InitializeAsync()
    {
        _opened = await OpenStorage.Of("n1", "n2", "n3");
        _replica = _opened.NewReplica();
        await Turn(
            () =>
                _replica.Attach(
                    (to, bytes) => _sent.Add((to, PeerEnvelope.Decode(bytes))), TestContext.Current.CancellationToken));
    }

    public ValueTask DisposeAsync() => _opened.DisposeAsync();

    [Fact]
    public async Task A_replica_whose_log_refused_a_record_falls_silent_for_good()
    {
        await Ticks(100);
        _sent.ShouldNotBeEmpty("a replica without a leader asks for one");

        await _opened.Storage.Meet("n2", Guid.Empty);
        await _opened.Storage.DisposeAsync();
        await Turn(() => _replica.Deliver(FromPeer(Guid.Empty, new Prepare(new Ballot(9, "n2"), 1) { From = "n2" })));
        await Ticks(1);
        _sent.Clear();
        await Ticks(200);
        await Turn(() => _replica.Deliver(FromPeer(Guid.Empty, new Prepare(new Ballot(10, "n2"), 1) { From = "n2" })));
        await Ticks(200);
        _sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Listings_walks_and_old_revisions_wait_beside_the_grain()
    {
        _replica.Tree.Apply(Command.Set("/a", "a"u8.ToArray(), Revisions.Clobber));
        _replica.Tree.Apply(Command.Nop());
        _replica.Tree.Publish();
        using var gate = new ManualResetEventSlim();
        TaskScheduler beside = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        Task occupied = Task.Factory.StartNew(
            gate.Wait, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, beside);
        var server = new NamespaceServer(
            _replica,
            _ => throw new NotSupportedException(),
            new EventReader(
                _replica, _opened.Options, TimeProvider.System, new TaskCompletionSource().Task, beside, NullLogger.Instance),
            new LongReads(_opened.Options, beside),
            _opened.Options,
            TimeProvider.System,
            NullLogger.Instance);

        Task<FileContent> old = server.Get("/a", 1, ReadMode.Local);
        Task<DirectoryPage> listing = server.GetDir("/", "", 10, Revisions.Latest, ReadMode.Local);
        Task<WalkPage> walk = server.Walk("/**", "", 10, Revisions.Latest, ReadMode.Local);
        (await server.Rev(ReadMode.Local)).ShouldBe(2);
        (await server.Get("/a", 2, ReadMode.Local)).Revision.ShouldBe(1);
        new Task[] { old, listing, walk }.ShouldAllBe(read => !read.IsCompleted);

        gate.Set();
        await occupied;
        (await old).TreeRevision.ShouldBe(1);
        (await listing).Entries.ShouldHaveSingleItem().Name.ShouldBe("a");
        (await walk).Files.ShouldHaveSingleItem().Path.ShouldBe("/a");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_leader_that_breaks_answers_all_who_wait_for_it_and_leads_nobody(bool byItsDisk)
    {
        Task<SubmitResult> submitted = null!;
        Task<ReadIndexResult> read = null!;
        await Lead();
        await Turn(() =>
        {
            submitted = _replica.Submit(OneCommand(), 1);
            read = _replica.ReadIndex();
            return Task.CompletedTask;
        });
        await Until(() => _sent.Exists(s => MessagesOf(s.Envelope).OfType<Accept>().Any()));
        Task handedOver = _replica.HandOverLeadership(TimeSpan.FromHours(1), TimeProvider.System);
        Task<bool> applied = _replica.Applied.Reaches(1000, TimeSpan.FromHours(1), TimeProvider.System);
        submitted.IsCompleted.ShouldBeFalse();
        read.IsCompleted.ShouldBeFalse();
        handedOver.IsCompleted.ShouldBeFalse();

        await (byItsDisk ? BreakByDisk() : BreakByRefusal());
        (await Soon(submitted)).Status.ShouldBe(SubmitStatus.Unknown);
        (await Soon(read)).Confirmed.ShouldBeFalse();
        await Soon(handedOver);
        await Should.ThrowAsync<NodeUnavailableException>(() => Soon(applied));
        _replica.Leadership.Value.Leader.ShouldBeNull();
        await Soon(_replica.HandOverLeadership(TimeSpan.FromHours(1), TimeProvider.System));
        await Turn(() =>
        {
            Should.Throw<NodeUnavailableException>(() => _replica.Submit(OneCommand(), 1));
            Should.Throw<NodeUnavailableException>(() => _replica.ReadIndex());
            Should.Throw<NodeUnavailableException>(() => _replica.TransferLeadership("n2"));
            _replica.Status().Leader.ShouldBe("");
            _replica.Status().Role.ShouldBe(ReplicaRole.Follower);
            return Task.CompletedTask;
        });
        await Ticks(10);
        _replica.Leadership.Value.Leader.ShouldBeNull();
    }

    [Fact]
    public async Task A_read_is_confirmed_by_the_word_of_a_peer_that_asks_and_by_nothing_else_that_comes_with_it()
    {
        await Lead();
        var ack = new HeartbeatAck(_replica.Protocol.Promised, 0, 0) { From = "n2" };
        byte[][] worthless =
        [
            [1, 2, 3],
            FromPeer(Guid.NewGuid(), ack),
            FromPeer(Guid.Empty, ack with { From = "n3" }),
            FromPeer(Guid.Empty, ack, ack),
            FromPeer(Guid.Empty, ack with { Ballot = new Ballot(1000, "n3") }),
        ];
        Task<ReadIndexResult>[] waiting = [.. worthless.Select(word => Asked(word))];
        (await Soon(Asked(FromPeer(Guid.Empty, ack)))).Confirmed.ShouldBeTrue();
        waiting.ShouldAllBe(read => !read.IsCompleted);
        _replica.Word().ShouldBeNull("it leads itself");
    }

    [Fact]
    public async Task The_word_of_a_follower_is_the_ballot_that_it_follows()
    {
        _replica.Word().ShouldBeNull();
        await _opened.Storage.Meet("n2", Guid.Empty);
        for (long round = 5; round < 7; round++)
        {
            var ballot = new Ballot(round, "n2");
            await Turn(() => _replica.Deliver(FromPeer(Guid.Empty, new Heartbeat(ballot, 0, 0) { From = "n2" })));
            await Until(() => _replica.Leadership.Value.Ballot == ballot);
            var word = PeerEnvelope.Decode(_replica.Word()!);
            (word.From, word.Incarnation).ShouldBe(("n1", _opened.Storage.Incarnation));
            MessagesOf(word).ShouldBe([new HeartbeatAck(ballot, 0, 0) { From = "n1" }]);
            _replica.Word().ShouldBeSameAs(_replica.Word());
        }
    }

    [Fact]
    public async Task A_leader_whose_namespace_is_deleted_answers_all_who_wait_and_is_driven_no_more()
    {
        await Lead();
        Task<SubmitResult> submitted = null!;
        Task<ReadIndexResult> read = null!;
        await Turn(() =>
        {
            submitted = _replica.Submit(OneCommand(), 1);
            read = _replica.ReadIndex();
            return Task.CompletedTask;
        });
        Task<bool> applied = _replica.Applied.Reaches(1000, TimeSpan.FromHours(1), TimeProvider.System);
        Task ended = _replica.End();
        await Ticks(1);
        (await Soon(submitted)).Status.ShouldBe(SubmitStatus.Unknown, "it may be chosen by those who have not heard");
        (await Soon(read)).Confirmed.ShouldBeFalse();
        await Should.ThrowAsync<NoNamespaceException>(() => Soon(applied));
        await Turn(() =>
        {
            Should.Throw<NoNamespaceException>(() => _replica.Submit(OneCommand(), 1));
            _sent.Clear();
            return Task.CompletedTask;
        });
        await Ticks(100);
        _sent.ShouldBeEmpty();
        ended.IsCompleted.ShouldBeFalse("an activation may still drive it");
        await Turn(() =>
        {
            _replica.Detach();
            return Task.CompletedTask;
        });
        await Soon(ended);
        await Should.ThrowAsync<NoNamespaceException>(
            () => Turn(() => _replica.Attach((_, _) => { }, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_refusal_of_other_data_than_this_is_ignored()
    {
        byte[] header = PeerEnvelope.Header(EnvelopeKind.ForeignIncarnation, "n2", Guid.NewGuid(), "2 of n1, n2, n3");
        await Turn(() => _replica.Deliver((byte[])[.. header, .. Guid.NewGuid().ToByteArray()]));
        await Ticks(100);
        _sent.ShouldNotBeEmpty();

        await Turn(() => _replica.Deliver((byte[])[.. header, .. _opened.Storage.Incarnation.ToByteArray()]));
        await Ticks(1);
        _sent.Clear();
        await Ticks(100);
        _sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_node_that_lost_its_data_is_told_which_data_is_refused()
    {
        var known = Guid.NewGuid();
        var lost = Guid.NewGuid();
        await _opened.Storage.Meet("n2", known);
        await Turn(() => _replica.Deliver(FromPeer(lost, new PreVote(1, 0) { From = "n2" })));
        (string to, PeerEnvelope refusal) = _sent.Single(s => s.Envelope.Kind != EnvelopeKind.Messages);
        to.ShouldBe("n2");
        refusal.Kind.ShouldBe(EnvelopeKind.ForeignIncarnation);
        new Guid(refusal.Body.Span).ShouldBe(lost);
    }

    [Fact]
    public async Task What_an_activation_had_still_to_do_is_not_done_in_the_next_one()
    {
        using var attached = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var others = new ConcurrentExclusiveSchedulerPair();
        var schedulers = new List<TaskScheduler>();
        Task next = Task.CompletedTask;
        await Turn(() =>
        {
            for (int i = 0; i < 40; i++)
                _replica.Tick();
            _replica.Detach();
            next = Task.Factory.StartNew(
                Attach, CancellationToken.None, TaskCreationOptions.None, others.ExclusiveScheduler).Unwrap();
            attached.Wait(TestContext.Current.CancellationToken);
            return Task.CompletedTask;
        });

        // Whatever the first had queued has had its turn by then.
        await Turn(() => Task.CompletedTask);
        int early = schedulers.Count;
        mayGoOn.Set();
        await next;
        while (schedulers.Count == 0)
        {
            await Task.Factory.StartNew(
                _replica.Tick, CancellationToken.None, TaskCreationOptions.None, others.ExclusiveScheduler);
        }

        early.ShouldBe(0);
        schedulers.ShouldAllBe(scheduler => scheduler == others.ExclusiveScheduler);

        async Task Attach()
        {
            await _replica.Attach((_, _) => schedulers.Add(TaskScheduler.Current), TestContext.Current.CancellationToken);
            attached.Set();
            mayGoOn.Wait(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_session_that_the_leader_had_no_room_to_close_is_closed_as_soon_as_there_is()
    {
        var time = new VirtualTime();
        _opened.Options.Protocol = new ReplicaOptions { MaxWaitingCommands = 1 };
        _replica = new ReplicaDriver(
            new GroupName("other", 0),
            new NamespaceRecord(),
            _opened.Options,
            _opened.Storage,
            _opened.Failure,
            time,
            NullLogger.Instance);
        _replica.Tree.Apply(Command.OpenSession(TimeSpan.FromSeconds(10), default));
        _replica.Tree.Publish();
        await Turn(() => _replica.Attach((to, bytes) => _sent.Add((to, PeerEnvelope.Decode(bytes))), CancellationToken.None));
        await Lead();
        time.Pass(TimeSpan.FromSeconds(11));
        await Turn(async () =>
        {
            _ = _replica.Submit(OneCommand(), 1);
            (await _replica.Submit(OneCommand(), 1)).Status.ShouldBe(SubmitStatus.Busy);
            _replica.Tick();
        });

        await Ticks(3);
        bool isClosed = false;
        await Turn(() =>
        {
            isClosed = _sent.SelectMany(s => MessagesOf(s.Envelope)).OfType<Accept>().Any(IsClosing);
            return Task.CompletedTask;
        });
        isClosed.ShouldBeTrue();

        static bool IsClosing(Accept accept)
        {
            foreach (ReadOnlyMemory<byte> command in accept.Batch)
            {
                if (Command.Decode(command).Kind == CommandKind.CloseSession)
                    return true;
            }

            return false;
        }
    }
}

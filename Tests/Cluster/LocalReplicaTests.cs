using Doozer.Grains;
using Doozer.Paxos;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

public sealed class LocalReplicaTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("doozer-replica-").FullName;
    private readonly DoozerOptions _options = new() { Node = "n1", Peers = { "n1", "n2", "n3" } };
    private readonly List<(string To, PeerEnvelope Envelope)> _sent = [];
    private readonly ConcurrentExclusiveSchedulerPair _turns = new();
    private NodeStorage _storage = null!;
    private LocalReplica _replica = null!;

    public async ValueTask InitializeAsync()
    {
        _options.DataDirectory = _data;
        var failure = new NodeFailure(NullLogger<NodeFailure>.Instance);
        _storage = new NodeStorage(_options, failure, NullLogger<NodeStorage>.Instance);
        await _storage.Open();
        _replica = new LocalReplica("main", _options, _storage, failure, TimeProvider.System, NullLogger.Instance);
        await Turn(() => _replica.Attach((to, bytes) => _sent.Add((to, PeerEnvelope.Decode(bytes))), TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await _storage.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_replica_whose_log_refused_a_record_falls_silent_for_good()
    {
        await Ticks(100);
        _sent.ShouldNotBeEmpty("a replica without a leader asks for one");

        await _storage.RememberPeer("n2", Guid.Empty);
        await _storage.DisposeAsync();
        await Turn(() => _replica.Deliver(FromPeer(Guid.Empty, new Prepare(new Ballot(9, "n2"), 1) { From = "n2" })));
        await Ticks(1);
        _sent.Clear();
        await Ticks(200);
        await Turn(() => _replica.Deliver(FromPeer(Guid.Empty, new Prepare(new Ballot(10, "n2"), 1) { From = "n2" })));
        await Ticks(200);
        _sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_of_other_data_than_this_is_ignored()
    {
        byte[] header = PeerEnvelope.Header(EnvelopeKind.ForeignIncarnation, "n2", Guid.NewGuid(), "2 of n1, n2, n3");
        await Turn(() => _replica.Deliver((byte[])[.. header, .. Guid.NewGuid().ToByteArray()]));
        await Ticks(100);
        _sent.ShouldNotBeEmpty();

        await Turn(() => _replica.Deliver((byte[])[.. header, .. _storage.Incarnation.ToByteArray()]));
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
        await _storage.RememberPeer("n2", known);
        await Turn(() => _replica.Deliver(FromPeer(lost, new PreVote(1, 0) { From = "n2" })));
        (string to, PeerEnvelope refusal) = _sent.Single(s => s.Envelope.Kind != EnvelopeKind.Messages);
        to.ShouldBe("n2");
        refusal.Kind.ShouldBe(EnvelopeKind.ForeignIncarnation);
        new Guid(refusal.Body.Span).ShouldBe(lost);
    }

    private static byte[] FromPeer(Guid incarnation, Message message) =>
        [.. PeerEnvelope.Header(EnvelopeKind.Messages, "n2", incarnation, "2 of n1, n2, n3"), .. MessageCodec.Encode([message])];

    private async Task Ticks(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Turn(() =>
            {
                _replica.Tick();
                return Task.CompletedTask;
            });
        }
    }

    private Task Turn(Func<Task> turn) =>
        Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.None, _turns.ExclusiveScheduler).Unwrap();
}

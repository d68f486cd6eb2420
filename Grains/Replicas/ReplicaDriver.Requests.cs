using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>What this node's and other nodes' grains ask of the replica.</summary>
internal sealed partial class ReplicaDriver
{
    private readonly TaskCompletionSource _stopping = new();
    private PromisedWord? _word;
    private long _requestsEnd = long.MaxValue;

    /// <summary>Completes when the node stops. Any thread.</summary>
    public Task Stopping => _stopping.Task;

    /// <summary>Timestamp until which requests may wait here: the end of time, unless the node stops. Any thread.</summary>
    public long RequestsEnd => Interlocked.Read(ref _requestsEnd);

    /// <summary>Proposes commands that belong together; answers when they are applied or lost.</summary>
    /// <exception cref="NodeUnavailableException">The replica is broken; nothing was proposed.</exception>
    public Task<SubmitResult> Submit(ReadOnlyMemory<byte> commands, int count)
    {
        var submission = new Submission(count, _meter.Begin());
        if (commands.Length > _limits.MaxBatchBytes)
            throw new InvalidArgumentException(nameof(commands), $"they are over {_limits.MaxBatchBytes} bytes");
        if (!_submissions.TryAdd(submission, out long ticket))
            throw Broken!;
        ProposeResult proposed = ProposeResult.NotLeader;
        Drive(() => proposed = _core.Propose(ticket, commands, count));
        _meter.CountProposals(count, proposed);
        if (proposed == ProposeResult.Queued)
        {
            _trace.AddCaller();
            return submission.Task;
        }

        _submissions.TryRemove(ticket, out _);
        return Task.FromResult(NotDone(proposed == ProposeResult.Busy ? SubmitStatus.Busy : SubmitStatus.NotLeader));
    }

    /// <summary>
    /// What this replica has promised, for the leader that it follows; null when it follows none. It holds for reads that have
    /// begun by now: what this replica promises later was not known to anybody before them. Any thread.
    /// </summary>
    public byte[]? Word()
    {
        // It is published before a promise leaves this node.
        Leadership seen = _leadership.Value;
        if (seen.Leader is null || seen.Leader == _options.Node)
            return null;
        PromisedWord? word = _word;
        if (word is null || word.Ballot != seen.Ballot || word.Epoch != _core.Epoch)
        {
            long epoch = _core.Epoch;
            var ack = new HeartbeatAck(seen.Ballot, Round: 0, ChosenThrough: 0) { From = _options.Node };
            _word = word = new PromisedWord(seen.Ballot, epoch, MessageCodec.Encode([ack], Header(EnvelopeKind.Messages)));
        }

        return word.Envelope;
    }

    /// <summary>Confirms that this replica leads.</summary>
    /// <param name="word">The asking replica's <see cref="Word"/>, if it has one.</param>
    /// <exception cref="NodeUnavailableException">The replica is broken.</exception>
    public Task<ReadIndexResult> ReadIndex(byte[]? word = null) =>
        word is null ? ReadIndex((HeartbeatAck?)null) : ReadIndexWith(word);

    private async Task<ReadIndexResult> ReadIndexWith(byte[] word) =>
        await ReadIndex(await Open(word) is (_, [HeartbeatAck ack]) ? ack : null);

    private Task<ReadIndexResult> ReadIndex(HeartbeatAck? word)
    {
        var confirmation = new TaskCompletionSource<ReadIndexResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_reads.TryAdd(confirmation, out long ticket))
            throw Broken!;
        ProposeResult asked = ProposeResult.NotLeader;
        Drive(() => asked = _core.RequestRead(ticket, word));
        if (asked == ProposeResult.Queued)
            return confirmation.Task;
        _reads.TryRemove(ticket, out _);
        return Task.FromResult(new ReadIndexResult(false, 0, LeaderOrEmpty));
    }

    /// <summary>If this replica leads, asks a node to take over.</summary>
    /// <exception cref="NodeUnavailableException">The replica is broken.</exception>
    public TransferResult TransferLeadership(string node)
    {
        if (Broken is { } broken)
            throw broken;
        bool begun = false;
        Drive(() => begun = node == _options.Node ? _core.Role == Role.Leader : _core.TransferLeadership(node) is not null);
        if (begun && node != _options.Node)
            LogHandsOver(_options.Node, Namespace, node, "it was told to");
        return new TransferResult(_core.Role == Role.Leader, begun, LeaderOrEmpty);
    }

    public ReplicaStatus Status()
    {
        Configuration current = _core.Configurations.Current;
        QuorumSystem quorums = current.Quorums;
        return new ReplicaStatus(
            _options.Node,
            RoleNow,
            LeaderOrEmpty,
            _core.Promised.ToString(),
            _core.ChosenThrough,
            _applied.Slot,
            Tree.Revision,
            Tree.OldestRevision,
            new QuorumStatus([.. quorums.Acceptors], quorums.Phase1, quorums.Phase2, current.Epoch),
            [.. _core.Members.Select(StatusOf)],
            new MemoryStatus(
                Tree.Bytes,
                _options.MaxTreeBytes,
                Tree.HistoryBytes,
                _options.HistoryBytes,
                _core.LogBytes,
                _options.MaxLogBytes),
            _storage.Disk);
    }

    /// <summary>
    /// The node stops: requests that wait here have only so long yet, since with nodes that stop too there may be no leader any
    /// more. Any thread.
    /// </summary>
    public void BeginStop(TimeSpan patience)
    {
        Interlocked.Exchange(ref _requestsEnd, _time.TimestampAfter(patience));
        _stopping.TrySetResult();
    }

    /// <summary>
    /// If this replica leads, asks another to take over and waits, for a limited time, until it has. Any thread.
    /// </summary>
    public async Task HandOverLeadership(TimeSpan timeout, TimeProvider time)
    {
        Leadership before = _leadership.Value;
        if (_broken || before.Leader != _options.Node || Quorums.Count == 1)
            return;
        Task changed = _leadership.Next(before);
        Post(() =>
        {
            if (_core.TransferLeadership() is { } successor)
                LogHandsOver(_options.Node, Namespace, successor, "this node stops");
        });

        // If none does, the others will elect a leader once this node is gone; it only takes them an election timeout longer.
        await changed.CompletesWithin(timeout, time);
    }

    private PeerStatus StatusOf(PeerView peer)
    {
        long lag = peer.ChosenThrough < 0 ? -1 : Math.Max(0, _core.ChosenThrough - peer.ChosenThrough);
        return new PeerStatus(peer.Node, peer.Reachable, peer.ChosenThrough, lag);
    }

    private string LeaderOrEmpty => _broken ? "" : _core.Leader ?? "";

    private ReplicaRole RoleNow => _core.Role switch
    {
        Role.Leader when !_broken => ReplicaRole.Leader,
        Role.Candidate when !_broken => ReplicaRole.Candidate,
        _ => ReplicaRole.Follower,
    };

    private SubmitResult NotDone(SubmitStatus status) => new(status, LeaderOrEmpty, []);

    /// <summary>Made once for all reads while one leader is followed.</summary>
    private sealed record PromisedWord(Ballot Ballot, long Epoch, byte[] Envelope);
}

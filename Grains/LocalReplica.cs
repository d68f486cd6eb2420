using System.Collections.Immutable;
using Doozer.Paxos;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Grains;

/// <summary>Who leads, as this node knows it.</summary>
/// <param name="Leader">Node id, or null when it knows none.</param>
/// <param name="Ballot">The highest ballot promised.</param>
internal sealed record Leadership(string? Leader, Ballot Ballot);

/// <summary>
/// This node's replica of a namespace: drives the pure <see cref="Replica"/> with messages, ticks and the log's completions, and
/// applies what is chosen to the tree. Its state outlives an activation of <see cref="ReplicaGrain"/>; at any time one activation
/// drives it, on that activation's scheduler. Members that say so may be used from any thread.
/// </summary>
internal sealed partial class LocalReplica
{
    private readonly DoozerOptions _options;
    private readonly NodeStorage _storage;
    private readonly NodeFailure _failure;
    private readonly ILogger _logger;
    private readonly ReplicaOptions _limits;
    private readonly Replica _core;
    private readonly Output _output = new();
    private readonly AppliedSlot _applied = new();
    private readonly Latest<Leadership> _leadership = new(new Leadership(null, Ballot.Zero));
    private readonly PeerRefusals _refusals;
    private readonly byte[] _header;
    private readonly string _quorumsInWords;
    private readonly List<Message>[] _outgoing;
    private readonly List<Record> _unwritten = [];

    private TaskCompletionSource? _driver;
    private TaskScheduler? _scheduler;
    private Action<string, byte[]>? _send;
    private long _durableThrough;
    private bool _pumpScheduled;
    private bool _hadQuorum;
    private volatile bool _broken;

    public LocalReplica(
        string @namespace, DoozerOptions options, NodeStorage storage, NodeFailure failure, TimeProvider time, ILogger logger)
    {
        Namespace = @namespace;
        _options = options;
        _storage = storage;
        _failure = failure;
        _logger = logger;
        Quorums = new QuorumSystem(options.Peers);
        _quorumsInWords = Quorums.ToString();
        Tree = new VersionedTree(new TreeOptions { HistoryLimit = options.HistoryLimit });
        var seed = HashCode.Combine(storage.Incarnation, @namespace, time.GetTimestamp());
        _limits = new ReplicaOptions { HeartbeatTicks = options.HeartbeatTicks, ElectionTicks = options.ElectionTicks };
        _core = new Replica(
            options.Node,
            Quorums,
            _limits,
            storage.Recovered(@namespace),
            new Random(seed));
        _header = PeerEnvelope.Header(EnvelopeKind.Messages, options.Node, storage.Incarnation, _quorumsInWords);
        _refusals = new PeerRefusals(Quorums);
        _outgoing = [.. Quorums.Acceptors.Select(_ => new List<Message>())];
    }

    public string Namespace { get; }

    public QuorumSystem Quorums { get; }

    /// <summary>The tree as applied here. Reads may come from any thread.</summary>
    public VersionedTree Tree { get; }

    /// <summary>Who leads. Any thread.</summary>
    public Latest<Leadership> Leadership => _leadership;

    /// <summary>How far the log is applied here. Any thread.</summary>
    public AppliedSlot Applied => _applied;

    /// <summary>Acceptors that do not answer, as of the last tick. Any thread.</summary>
    public ImmutableArray<string> Missing { get; private set; } = [];

    /// <summary>Makes an activation the one that drives this replica; waits until an earlier one has detached.</summary>
    /// <param name="send">Sends an envelope to a node; must neither block nor throw.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public async Task Attach(Action<string, byte[]> send, CancellationToken cancellation)
    {
        var driver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (Interlocked.CompareExchange(ref _driver, driver, null) is { } earlier)
            await earlier.Task.WaitAsync(cancellation);
        _scheduler = TaskScheduler.Current;
        _send = send;
        // What an earlier activation wrote may have become durable since.
        Drive(() => _core.Persisted(_durableThrough));
    }

    public void Detach()
    {
        _send = null;
        _scheduler = null;
        Interlocked.Exchange(ref _driver, null)?.SetResult();
    }

    public void Tick()
    {
        Drive(_core.Tick);
        AppendUnwritten();
        ReportQuorum();
    }

    public async Task Deliver(ReadOnlyMemory<byte> bytes)
    {
        PeerEnvelope envelope;
        var messages = new List<Message>();
        try
        {
            envelope = PeerEnvelope.Decode(bytes);
            if (envelope.Kind == EnvelopeKind.Messages)
                MessageCodec.Decode(envelope.Body, messages);
        }
        catch (InvalidDataException exception)
        {
            Log.Malformed(_logger, _options.Node, Namespace, exception.Message);
            return;
        }

        if (envelope.Kind != EnvelopeKind.Messages)
        {
            Refused(envelope);
            return;
        }

        if (!await Admit(envelope))
            return;
        Drive(() =>
        {
            foreach (Message message in messages)
            {
                // The sender speaks for itself only: a vote must not be counted for another acceptor.
                if (message.From == envelope.From)
                    _core.Receive(message);
            }
        });
    }

    /// <summary>Proposes commands that belong together; answers when they are applied or lost.</summary>
    public Task<SubmitResult> Submit(ReadOnlyMemory<byte> commands, int count)
    {
        var submission = new Submission(count);
        if (commands.Length > _limits.MaxBatchBytes)
            throw new InvalidArgumentException(nameof(commands), $"they are over {_limits.MaxBatchBytes} bytes");
        ProposeResult proposed = ProposeResult.NotLeader;
        Drive(() => proposed = _core.Propose(submission, commands, count));
        return proposed switch
        {
            ProposeResult.Queued => submission.Task,
            ProposeResult.Busy => Task.FromResult(NotDone(SubmitStatus.Busy)),
            _ => Task.FromResult(NotDone(SubmitStatus.NotLeader)),
        };
    }

    /// <summary>Confirms that this replica leads.</summary>
    public Task<ReadIndexResult> ReadIndex()
    {
        var confirmation = new TaskCompletionSource<ReadIndexResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        ProposeResult asked = ProposeResult.NotLeader;
        Drive(() => asked = _core.RequestRead(confirmation));
        return asked == ProposeResult.Queued
            ? confirmation.Task
            : Task.FromResult(new ReadIndexResult(false, 0, _core.Leader ?? ""));
    }

    public ReplicaStatus Status()
    {
        var peers = new PeerStatus[Quorums.Count];
        for (int i = 0; i < peers.Length; i++)
        {
            PeerView peer = _core.PeerAt(i);
            long lag = peer.ChosenThrough < 0 ? -1 : Math.Max(0, _core.ChosenThrough - peer.ChosenThrough);
            peers[i] = new PeerStatus(peer.Node, peer.Reachable, peer.ChosenThrough, lag);
        }

        return new ReplicaStatus(
            _options.Node,
            (ReplicaRole)_core.Role,
            _core.Leader ?? "",
            _core.Promised.ToString(),
            _core.ChosenThrough,
            _applied.Slot,
            Tree.Revision,
            Tree.OldestRevision,
            new QuorumStatus([.. Quorums.Acceptors], Quorums.Phase1, Quorums.Phase2),
            peers);
    }

    /// <summary>If this replica leads, asks another to take over and waits, for a limited time, until it has. Any thread.</summary>
    public async Task HandOverLeadership(TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        Leadership before = _leadership.Value;
        if (before.Leader != _options.Node || Quorums.Count == 1 || _scheduler is not { } scheduler)
            return;
        Task changed = _leadership.Next(before);
        void Transfer() => Drive(() => _core.TransferLeadership());
        try
        {
            await Task.Factory.StartNew(Transfer, cancellation, TaskCreationOptions.None, scheduler).WaitAsync(timeout, time, cancellation);
            await changed.WaitAsync(timeout, time, cancellation);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // The others will elect a leader once this node is gone; it only takes them an election timeout longer.
        }
    }

    /// <summary>Gives the protocol an input, and sees to its outputs soon.</summary>
    private void Drive(Action input)
    {
        if (_send is null || _broken)
            return;
        try
        {
            input();
        }
        catch (Exception exception)
        {
            Break(exception);
            return;
        }

        SchedulePump();
    }

    // Whatever has already arrived at the grain is taken in first, so that one write and one message carry it all.
    private void SchedulePump()
    {
        if (_pumpScheduled || _scheduler is not { } scheduler)
            return;
        _pumpScheduled = true;
        _ = Task.Factory.StartNew(
            static state => ((LocalReplica)state!).Pump(), this, CancellationToken.None, TaskCreationOptions.None, scheduler);
    }

    // One output a turn: after a start there is a long log to apply, and other requests want to be answered meanwhile.
    private void Pump()
    {
        _pumpScheduled = false;
        if (_send is null || _broken)
            return;
        try
        {
            if (_core.HasOutput)
            {
                _core.TakeOutput(_output);
                // Followers write while the leader does, so messages go before the own write; the core holds back what must not.
                Send();
                Persist();
                Apply();
                Answer();
            }
        }
        catch (Exception exception)
        {
            Break(exception);
            return;
        }

        PublishLeadership();
        if (_core.HasOutput)
            SchedulePump();
    }

    // An output that was only half seen to leaves a hole in the log or the tree. Every further step could spread the damage, so
    // the replica falls silent, at once and for good, and the node stops.
    private void Break(Exception exception)
    {
        _broken = true;
        Log.Broken(_logger, exception, _options.Node, Namespace);
        _failure.Stop($"the replica of {Namespace} cannot go on: {exception.Message}");
    }

    private void Send()
    {
        foreach (Outgoing outgoing in _output.Messages)
            _outgoing[Quorums.IndexOf(outgoing.To)].Add(outgoing.Message);
        for (int i = 0; i < _outgoing.Length; i++)
        {
            if (_outgoing[i].Count == 0)
                continue;
            _send!(Quorums.Acceptors[i], [.. _header, .. MessageCodec.Encode(_outgoing[i])]);
            _outgoing[i].Clear();
        }
    }

    // Hints alone are not worth an fsync: they wait for the next record that is, or for a tick.
    private void Persist()
    {
        _unwritten.AddRange(_output.Records);
        if (_output.MustSync)
            AppendUnwritten();
    }

    private void AppendUnwritten()
    {
        // After a refused append nothing may follow: a hint would claim what the log does not hold.
        if (_unwritten.Count == 0 || _broken)
            return;
        byte[] payload = RecordCodec.Encode(_unwritten);
        _unwritten.Clear();
        _ = AppendAndConfirm(payload, _output.RecordsThrough);
    }

    private async Task AppendAndConfirm(ReadOnlyMemory<byte> payload, long through)
    {
        try
        {
            await _storage.Append(Namespace, payload);
        }
        catch (Exception exception)
        {
            // Completions count for everything before them: a later one must never vouch for the records that were refused here.
            Break(exception);
            return;
        }

        // Appends of one namespace complete in their order.
        _durableThrough = through;
        if (TaskScheduler.Current == _scheduler)
            Drive(() => _core.Persisted(through));
        else if (_scheduler is { } scheduler)
            _ = Task.Factory.StartNew(() => Drive(() => _core.Persisted(_durableThrough)), CancellationToken.None, TaskCreationOptions.None, scheduler);
    }

    private void Apply()
    {
        if (_output.Chosen.Count == 0)
            return;
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            int proposal = 0;
            foreach (ReadOnlyMemory<byte> encoded in chosen.Batch)
            {
                ApplyResult result = Tree.Apply(Command.Decode(encoded));
                if (chosen.Proposals.Length == 0)
                    continue;
                while (((Submission)chosen.Proposals[proposal].Token).IsFull)
                    proposal++;
                ((Submission)chosen.Proposals[proposal].Token).Add(new CommandResult((CommandOutcome)result.Outcome, result.Revision));
            }
        }

        Tree.Publish();
        _applied.Advance(_output.Chosen[^1].Slot);
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            foreach (Proposal proposal in chosen.Proposals)
                ((Submission)proposal.Token).Complete();
        }
    }

    private void Answer()
    {
        string leader = _core.Leader ?? "";
        foreach ((object token, long slot) in _output.ReadsConfirmed)
            ((TaskCompletionSource<ReadIndexResult>)token).TrySetResult(new ReadIndexResult(true, slot, leader));
        foreach (object token in _output.ReadsFailed)
            ((TaskCompletionSource<ReadIndexResult>)token).TrySetResult(new ReadIndexResult(false, 0, leader));
        foreach (LostProposal lost in _output.ProposalsLost)
            ((Submission)lost.Token).Fail(NotDone(lost.WasProposed ? SubmitStatus.Unknown : SubmitStatus.NotLeader));
    }

    private SubmitResult NotDone(SubmitStatus status) => new(status, _core.Leader ?? "", []);

    private void PublishLeadership()
    {
        Leadership now = _leadership.Value;
        if (now.Leader == _core.Leader && now.Ballot == _core.Promised)
            return;
        _leadership.Publish(new Leadership(_core.Leader, _core.Promised));
        if (_core.Leader is null || _core.Leader == now.Leader)
            return;
        if (_core.Leader == _options.Node)
            Log.Leads(_logger, _options.Node, Namespace, _core.Promised.ToString());
        else
            Log.Follows(_logger, _options.Node, _core.Leader, Namespace, _core.Promised.ToString());
    }

    private void ReportQuorum()
    {
        bool hasQuorum = _core.HasQuorum;
        if (hasQuorum && _hadQuorum)
        {
            Missing = [];
            return;
        }

        Missing = [.. Enumerable.Range(0, Quorums.Count).Select(_core.PeerAt).Where(peer => !peer.Reachable).Select(peer => peer.Node)];
        if (hasQuorum == _hadQuorum)
            return;
        _hadQuorum = hasQuorum;
        if (hasQuorum)
            Log.QuorumRegained(_logger, Namespace, _quorumsInWords, _options.Node);
        else
            Log.QuorumLost(_logger, Namespace, _quorumsInWords, _options.Node, string.Join(", ", Missing));
    }
}

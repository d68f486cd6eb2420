using System.Collections.Immutable;
using Doozer.Grains;
using Doozer.Node;
using Doozer.Paxos;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Replicas;

/// <summary>
/// This node's replica of a namespace: drives the pure <see cref="Replica"/> with messages, ticks and the log's completions, and
/// applies what is chosen to the tree. Its state outlives an activation of <see cref="ReplicaGrain"/>; at any time one activation
/// drives it, on that activation's scheduler. Members that say so may be used from any thread.
/// </summary>
internal sealed partial class ReplicaDriver
{
    private readonly string _name;
    private readonly DoozerOptions _options;
    private readonly NodeStorage _storage;
    private readonly NodeFailure _failure;
    private readonly ILogger _logger;
    private readonly ReplicaOptions _limits;
    private readonly Replica _core;
    private readonly Output _output = new();
    private readonly StateMachine _state;
    private readonly List<ApplyResult> _results = [];
    private readonly AppliedSlot _applied = new();
    private readonly Latest<Leadership> _leadership;
    private readonly TimeProvider _time;
    private readonly PeerRefusals _refusals;
    private readonly ReplicaSnapshots _snapshots;
    private readonly Guid _incarnation;
    private readonly string _quorumsInWords;
    private readonly string _quorumsInShort;
    private readonly List<(string Node, List<Message> Messages)> _outgoing;
    private readonly List<JournalRecord> _unwritten = [];
    private readonly Outstanding<Submission> _submissions = new();
    private readonly Outstanding<TaskCompletionSource<ReadIndexResult>> _reads = new();

    private TaskCompletionSource? _activation;
    private TaskScheduler? _scheduler;
    private int _attachments;
    private Action<string, byte[]>? _send;
    private Action? _paceChanged;
    private byte[] _header;
    private long _headerEpoch;
    private Ballot _ballot;
    private long _durableThrough;
    private bool _pumpScheduled;
    private bool _hadQuorum;
    private bool _wasQuiet;
    private bool _wasNearlyFull;

    /// <param name="group">The namespace, and which one of that name.</param>
    /// <param name="record">What its log and its tree begin with.</param>
    public ReplicaDriver(
        GroupName group,
        NamespaceRecord record,
        DoozerOptions options,
        NodeStorage storage,
        NodeFailure failure,
        TimeProvider time,
        ILogger logger,
        Func<VersionedTree, StateMachine>? stateMachine = null,
        Func<string, bool>? isAlive = null)
    {
        Group = group;
        _name = group.ToString();
        QuorumSystem initial = record.Quorums ?? options.Quorums;
        Replicas = group == GroupName.Main ? QuorumSystem.MaxAcceptors : record.WantedReplicas;
        _options = options;
        _storage = storage;
        _failure = failure;
        _logger = logger;
        _time = time;
        _leadership = new Latest<Leadership>(new Leadership(null, Ballot.Zero, time.GetTimestamp()));
        _incarnation = storage.Incarnation;
        _quorumsInWords = storage.InWords(initial);
        _quorumsInShort = PeerEnvelope.InShort(_quorumsInWords);
        RecoveredReplica recovered = storage.Recovered(_name);
        if (recovered.Tree.Revision < record.Start)
            recovered.Tree.SkipTo(record.Start);
        _state = stateMachine is null ? new StateMachine(recovered.Tree) : stateMachine(recovered.Tree);
        _snapshots = new ReplicaSnapshots(_name, Namespace, storage, recovered, options.Place, options.Snapshots, time);
        _applied.Advance(_snapshots.Slot);
        _leases = new SessionLeases(time, options.Sessions);
        _limits = options.Protocol;
        _meter = new ReplicaMeter(Namespace, time);
        _trace = new BatchTrace(options.Node, Namespace);
        _ballot = recovered.State.Promised;
        _configurations = recovered.State.Configurations ?? Configurations.Initial(initial);
        _core = new Replica(options.Node, initial, _limits, recovered.State, new Random(storage.NewSeed()))
        {
            IsAlive = isAlive,
        };
        _core.SetMembers(options.Members);
        _known = _core.Configurations;
        _headerEpoch = _core.Epoch;
        _header = Header(EnvelopeKind.Messages);
        _digests = new DigestComparison(() => Quorums, options.Node);
        _refusals = new PeerRefusals(() => Quorums);
        _outgoing = [.. _core.Members.Select(peer => (peer.Node, new List<Message>()))];
        _ticksToCleaning = options.Snapshots.TicksBetweenCleanings;
    }

    /// <summary>The namespace, and which one of that name.</summary>
    public GroupName Group { get; }

    public string Namespace => Group.Namespace;

    /// <summary>The quorums in force, as this node knows them. Any thread.</summary>
    public QuorumSystem Quorums => _core.Quorums;

    /// <summary>Those and, while they change, the next ones. Any thread.</summary>
    public IEnumerable<QuorumSystem> AllQuorums => _core.Configurations is { Next: { } next }
        ? [Quorums, next.Quorums]
        : [Quorums];

    /// <summary>The tree as applied here. Reads may come from any thread.</summary>
    public VersionedTree Tree => _state.Tree;

    /// <summary>The protocol, for tests and the simulator to look at.</summary>
    internal Replica Protocol => _core;

    /// <summary>Who leads. Any thread.</summary>
    public Latest<Leadership> Leadership => _leadership;

    /// <summary>How far the log is applied here. Any thread.</summary>
    public AppliedSlot Applied => _applied;

    /// <summary>Acceptors that do not answer, as of the last tick. Any thread.</summary>
    public ImmutableArray<string> Missing { get; private set; } = [];

    public void Tick()
    {
        if (IsDeleted)
        {
            FallSilent();
            return;
        }

        _core.IsNeeded = Tree.Sessions.All.Count > 0;
        Drive(_core.Tick);
        CloseExpired();
        AppendUnwritten();
        ReportQuorum();
        ReportSpace();
        TakeReading();
        _ticked = true;
    }

    public async Task Deliver(ReadOnlyMemory<byte> bytes)
    {
        if (await Open(bytes) is not (PeerEnvelope envelope, List<Message> messages))
            return;
        if (envelope.Kind == EnvelopeKind.Digest)
        {
            ReceiveDigest(envelope);
            return;
        }

        if (messages.Exists(static message => message is Accept))
            _trace.AddCaller();
        Drive(() =>
        {
            foreach (Message message in messages)
                _core.Receive(message, envelope.Epoch);
        });
    }

    /// <summary>What a peer has sent; null if it is no message of a member's to this replica.</summary>
    private async Task<(PeerEnvelope Envelope, List<Message> Messages)?> Open(ReadOnlyMemory<byte> bytes)
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
            LogMalformed(_options.Node, Namespace, exception.Message);
            return null;
        }

        if (envelope.Kind is EnvelopeKind.ForeignIncarnation or EnvelopeKind.DifferentPeers or EnvelopeKind.NotAMember)
        {
            OnRefused(envelope);
            return null;
        }

        // The sender speaks for itself only: a vote must not be counted for another acceptor.
        messages.RemoveAll(message => message.From != envelope.From);
        return await Admit(envelope) ? (envelope, messages) : null;
    }

    /// <summary>Gives the protocol an input, and sees to its outputs soon.</summary>
    private void Drive(Action input)
    {
        if (_send is null || _broken)
            return;
        try
        {
            _core.DiskIsBehind = _storage.IsBehind;
            input();
        }
        catch (Exception exception)
        {
            Break(exception);
            return;
        }

        SchedulePump();
        FollowPace();
    }

    /// <summary>Drives on the activation's scheduler, if one drives this replica now. Any thread.</summary>
    private void Post(Action input) => Queue(() => Drive(input));

    // Whatever has already arrived at the grain is taken in first, so that one write and one message carry it all.
    private void SchedulePump()
    {
        if (_pumpScheduled)
            return;
        _pumpScheduled = true;
        Queue(Pump);
    }

    /// <summary>
    /// Runs work in a turn of the activation that drives this replica now. If another drives it by then, the work is not for that
    /// one.
    /// </summary>
    private void Queue(Action work)
    {
        int attachment = _attachments;
        if (_scheduler is not { } scheduler)
            return;
        void Turn()
        {
            if (attachment == _attachments)
                work();
        }

        _ = Task.Factory.StartNew(Turn, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
    }

    // One output a turn: after a start there is a long log to apply, and other requests want to be answered meanwhile.
    private void Pump()
    {
        _pumpScheduled = false;
        if (_send is null || _broken)
            return;
        Tracing.Forget();
        try
        {
            if (_core.HasOutput)
            {
                _core.TakeOutput(_output);
                SendAndPersist();
                Apply();
                Answer();
                ReportSlowDisk();
                StoreSnapshotBytes();
                ServeSnapshot();
            }

            ConsiderSnapshot();
        }
        catch (Exception exception)
        {
            Break(exception);
        }

        // A refused append breaks the replica without an exception here.
        if (_broken)
            return;

        // In the turn that writes a promise, and so before one that sends it: the word counts on that.
        PublishLeadership();
        FollowLeadership();
        FollowConfigurations();
        if (_core.HasOutput)
            SchedulePump();
    }
}

using System.Collections.Concurrent;
using System.Text;
using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Node;

/// <summary>
/// The node's disk: its identity, the log that all its replicas share, what snapshots and log held at the start, and which
/// incarnation of each peer this node has met.
/// </summary>
internal sealed partial class NodeStorage(
    DoozerOptions options, NodeFailure failure, ILogger<NodeStorage> logger, NodePlatform? platform = null) : IAsyncDisposable
{
    // Not names of namespaces, so that they cannot clash with one.
    private const string PeersGroup = "@peers";
    private const string QuorumsGroup = "@quorums";
    private const string ForgottenGroup = "@forgotten";

    private readonly ConcurrentDictionary<string, Guid> _peers = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _nodeRecords = new(1, 1);
    private readonly ConcurrentDictionary<string, RecoveredReplica> _recovered = new(StringComparer.Ordinal);
    private readonly List<string> _forgotten = [];
    private readonly List<JournalRecord> _records = [];
    private readonly NodePlatform _platform = platform ?? NodePlatform.Machine;
    private IDataDirectory? _directory;
    private INodeLog? _log;
    private LogRetention? _retention;
    private readonly Lock _binding = new();
    private string? _knownQuorums;
    private bool _isBound;

    /// <summary>Identity of this node's data: another after the data was lost, even if the node's id is the same.</summary>
    public Guid Incarnation => Directory.Incarnation;

    /// <summary>Of data that was restored from snapshots, or learned from such, a digest of them; else empty.</summary>
    public string Origin => Snapshots.Manifest.Origin is { Length: > 0 } own ? own : options.Origin;

    /// <summary>
    /// The quorums that a group began with, and what this node's data was restored from: only a node of which both are the same
    /// may make a quorum with it.
    /// </summary>
    public string InWords(QuorumSystem quorums) =>
        Origin.Length == 0 ? quorums.ToString() : $"{quorums}, restored from {Origin}";

    /// <summary>Groups that had a snapshot, or records in the log, when it was opened, and are not forgotten since.</summary>
    public ICollection<string> RecoveredGroups => _recovered.Keys;

    /// <summary>A number to seed a random source with, another each time.</summary>
    public int NewSeed() => Directory.NewSeed();

    /// <summary>The snapshots.</summary>
    public SnapshotStore Snapshots => Directory.Snapshots;

    private IDataDirectory Directory => _directory ?? throw NotOpen();

    private INodeLog OpenLog => _log ?? throw NotOpen();

    private LogRetention Retention => _retention ?? throw NotOpen();

    /// <summary>Locks the data directory, checks whose it is, and reads the snapshots and the log.</summary>
    /// <exception cref="StorageException">The directory cannot be used; the message says why and what to do.</exception>
    public async Task Open()
    {
        _directory = _platform.OpenDirectory(options);
        try
        {
            if (Snapshots.Manifest.IsUnfinished)
            {
                throw new StorageException(
                    StorageError.Unusable,
                    $"The data directory '{Directory.Path}' was not restored to the end, so some of its namespaces may be " +
                    "missing: delete it and restore the snapshots again.");
            }

            foreach (SnapshotEntry entry in Snapshots.Manifest.Snapshots)
                _recovered[entry.Group] = Load(entry);
            _log = _directory.OpenLog(
                options.Log,
                Replay,
                logger,
                exception => failure.Stop(exception.Message));
            _retention = new LogRetention(_log, options.Snapshots.MaxSegmentsKept);
            _forgotten.ForEach(Snapshots.Remove);
            foreach ((string group, RecoveredReplica replica) in _recovered)
            {
                RequireComplete(group, replica.State);
                _retention.Keep(group, Snapshots.Manifest.OldestSegment);
            }

            RequireSameQuorums(options.Quorums.ToString());
            Snapshots.RemoveLeftovers();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>What the disk held of a group when it was opened, and from now on the log is kept for it.</summary>
    public RecoveredReplica Recovered(string group)
    {
        Retention.Keep(group, OpenLog.Sequence);
        return _recovered.TryGetValue(group, out RecoveredReplica? replica) ? replica : New(null);
    }

    /// <summary>Whether the disk held anything of a group when it was opened, and was not told to forget it.</summary>
    public bool HasRecovered(string group) => _recovered.ContainsKey(group);

    /// <summary>
    /// Lets go, for good, of all that the disk holds of a group, of which nothing is appended any more. Completes when no restart
    /// would bring it back.
    /// </summary>
    /// <remarks>
    /// In this order: its snapshot and the log may go only once it is durable that what is left of the group is to be passed
    /// over. That note comes after all its records, so no part of the log has them without it.
    /// </remarks>
    public async Task Forget(string group)
    {
        await OpenLog.Append(ForgottenGroup, Encoding.UTF8.GetBytes(group), isLimited: true);
        Snapshots.Remove(group);
        _recovered.TryRemove(group, out _);
        Retention.Release(group);
        await DropLog();
    }

    /// <summary>Whether so much waits for the disk that no replica should take on more than it must.</summary>
    public bool IsBehind => _log?.IsBehind ?? false;

    /// <summary>
    /// Binds the data to the quorums for ever. With the first vote at the latest, and in front of it, for the log keeps a
    /// beginning of what it is given; not before the peers have compared their settings with this node's, so that one that was
    /// started with wrong ones may be started again.
    /// </summary>
    public Task Bind()
    {
        lock (_binding)
        {
            if (_isBound)
                return Task.CompletedTask;
            _isBound = true;
            return OpenLog.Append(QuorumsGroup, Encoding.UTF8.GetBytes(_knownQuorums!), isLimited: true);
        }
    }

    /// <summary>
    /// Completes when a replica's new records are on stable storage. They are never too many: a replica minds
    /// <see cref="IsBehind"/>.
    /// </summary>
    public Task Append(string @namespace, ReadOnlyMemory<byte> payload)
    {
        _ = Bind();
        return OpenLog.Append(@namespace, payload, isLimited: true);
    }

    /// <summary>The incarnation of a peer that counts for ever: the first one met, which is this one if there was none.</summary>
    public ValueTask<Guid> Meet(string peer, Guid incarnation) =>
        _peers.TryGetValue(peer, out Guid known) ? new ValueTask<Guid>(known) : MeetFirst(peer, incarnation);

    public async ValueTask DisposeAsync()
    {
        await StopBackgroundWork();
        if (_log is { } log)
            await log.DisposeAsync();
        _log = null;
        _directory?.Dispose();
        _directory = null;
    }

    private static StorageException WithAdvice(StorageException damage) => new(
        damage.Error,
        $"{damage.Message}; {StorageException.Advice}");

    private RecoveredReplica New(SnapshotEntry? snapshot) => new(new DurableState(), new VersionedTree(options.Tree), snapshot);

    private RecoveredReplica Load(SnapshotEntry entry)
    {
        try
        {
            using SnapshotReader reader = Snapshots.OpenReader(entry);
            (VersionedTree tree, Configurations? configurations) = TreeSnapshotFile.Load(reader, options.Tree);
            if (Convert.ToHexString(reader.Digest!) != entry.Digest)
                throw reader.Damaged(0, "the file is not the one that the manifest names");
            var state = new DurableState();
            state.StartAfter(entry.Slot, configurations);
            LogSnapshotLoaded(NamespaceOf(entry.Group), entry.Slot, tree.Revision, entry.Length);
            return new RecoveredReplica(state, tree, entry);
        }
        catch (StorageException damage)
        {
            throw WithAdvice(damage);
        }
    }

    // What one set of acceptors chose, quorums of another need not know: they could choose again.
    private void RequireSameQuorums(string quorums)
    {
        _isBound = _knownQuorums is not null;
        if (_isBound && _knownQuorums != quorums)
        {
            throw new StorageException(
                StorageError.Foreign,
                $"The data directory '{Directory.Path}' belongs to a cluster whose quorums are {_knownQuorums}, but the peers " +
                $"and quorum sizes given make {quorums}: give the same again, or another directory.");
        }

        _knownQuorums = quorums;
    }

    private async ValueTask<Guid> MeetFirst(string peer, Guid incarnation)
    {
        await _nodeRecords.WaitAsync();
        try
        {
            if (!_peers.ContainsKey(peer))
            {
                await AppendPeer(peer, incarnation);
                _peers.TryAdd(peer, incarnation);
            }

            return _peers[peer];
        }
        finally
        {
            _nodeRecords.Release();
        }
    }

    private Task AppendPeer(string peer, Guid incarnation)
    {
        byte[] payload = [.. incarnation.ToByteArray(), .. Encoding.UTF8.GetBytes(peer)];
        return OpenLog.Append(PeersGroup, payload);
    }

    private void Replay(string group, ReadOnlyMemory<byte> payload)
    {
        if (group == QuorumsGroup)
        {
            _knownQuorums = Encoding.UTF8.GetString(payload.Span);
            return;
        }

        if (group == PeersGroup)
        {
            _peers.TryAdd(Encoding.UTF8.GetString(payload.Span[16..]), new Guid(payload.Span[..16]));
            return;
        }

        if (group == ForgottenGroup)
        {
            string forgotten = Encoding.UTF8.GetString(payload.Span);
            _recovered.TryRemove(forgotten, out _);
            _forgotten.Add(forgotten);
            return;
        }

        RecoveredReplica replica = _recovered.GetOrAdd(group, _ => New(null));
        _records.Clear();
        JournalCodec.Decode(payload, _records);
        foreach (JournalRecord record in _records)
            replica.Replay(record);
    }

    private void RequireComplete(string group, DurableState state)
    {
        try
        {
            state.Complete();
        }
        catch (SafetyViolationException gap)
        {
            throw WithAdvice(new StorageException(
                StorageError.Damaged,
                $"The log in '{Directory.LogDirectory}' does not go with the snapshots that '{Snapshots.ManifestPath}' names: " +
                $"in '{NamespaceOf(group)}', {gap.Message.TrimEnd('.')}"));
        }
    }

    private static string NamespaceOf(string group) => GroupName.Parse(group)?.Namespace ?? group;

    private NodeUnavailableException NotOpen() => new(options.Node, "its log is not open");
}

using System.Collections.Concurrent;
using System.Text;
using Doozer.Paxos;
using Doozer.Storage;
using Microsoft.Extensions.Logging;

namespace Doozer.Grains;

/// <summary>
/// The node's disk: its identity, the log that all its replicas share, what the log held at the start, and which incarnation
/// of each peer this node has met.
/// </summary>
internal sealed class NodeStorage(DoozerOptions options, NodeFailure failure, ILogger<NodeStorage> logger) : IAsyncDisposable
{
    // Not names of namespaces, so that they cannot clash with one.
    private const string PeersGroup = "@peers";
    private const string QuorumsGroup = "@quorums";

    private readonly ConcurrentDictionary<string, Guid> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DurableState> _recovered = new(StringComparer.Ordinal);
    private readonly List<Record> _records = [];
    private DataDirectory? _directory;
    private WriteAheadLog? _log;
    private string? _knownQuorums;

    /// <summary>Identity of this node's data: another after the data was lost, even if the node's id is the same.</summary>
    public Guid Incarnation => Directory.Incarnation;

    /// <summary>Namespaces that had records in the log when it was opened.</summary>
    public IReadOnlyCollection<string> RecoveredNamespaces => _recovered.Keys;

    private DataDirectory Directory => _directory ?? throw NotOpen();

    private WriteAheadLog OpenLog => _log ?? throw NotOpen();

    /// <summary>Locks the data directory, checks whose it is, and reads the log.</summary>
    /// <exception cref="StorageException">The directory cannot be used; the message says why and what to do.</exception>
    public async Task Open()
    {
        _directory = DataDirectory.Open(options.DataDirectory, options.Cluster, options.Node);
        try
        {
            _log = _directory.OpenLog(
                new WriteAheadLogOptions(),
                Replay,
                logger,
                exception => failure.Stop(exception.Message));
            await RequireSameQuorums(new QuorumSystem(options.Peers).ToString());
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>What the log held for a namespace when it was opened.</summary>
    public DurableState Recovered(string @namespace) =>
        _recovered.TryGetValue(@namespace, out DurableState? state) ? state : new DurableState();

    /// <summary>Whether the log held anything for a namespace when it was opened.</summary>
    public bool HasRecovered(string @namespace) => _recovered.ContainsKey(@namespace);

    /// <summary>Completes when the payload is on stable storage.</summary>
    public Task Append(string @namespace, ReadOnlyMemory<byte> payload) => OpenLog.Append(@namespace, payload);

    /// <summary>The incarnation of a peer that this node remembers, or null before the first meeting.</summary>
    public Guid? KnownIncarnation(string peer) => _peers.TryGetValue(peer, out Guid known) ? known : null;

    /// <summary>Remembers the incarnation of a peer for ever. The first one counts.</summary>
    public async Task RememberPeer(string peer, Guid incarnation)
    {
        if (_peers.ContainsKey(peer))
            return;
        byte[] payload = [.. incarnation.ToByteArray(), .. Encoding.UTF8.GetBytes(peer)];
        await OpenLog.Append(PeersGroup, payload);
        _peers.TryAdd(peer, incarnation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_log is { } log)
            await log.DisposeAsync();
        _log = null;
        _directory?.Dispose();
        _directory = null;
    }

    // What one set of acceptors chose, quorums of another need not know: they could choose again.
    private async Task RequireSameQuorums(string quorums)
    {
        if (_knownQuorums is null)
            await OpenLog.Append(QuorumsGroup, Encoding.UTF8.GetBytes(quorums));
        else if (_knownQuorums != quorums)
            throw new StorageException(StorageError.Foreign, $"The data directory '{Directory.Path}' belongs to a cluster whose quorums are {_knownQuorums}, but the peers given make {quorums}: give the same peers again, or another directory.");
        _knownQuorums = quorums;
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

        if (!_recovered.TryGetValue(group, out DurableState? state))
            _recovered.Add(group, state = new DurableState());
        _records.Clear();
        RecordCodec.Decode(payload, _records);
        foreach (Record record in _records)
            state.Replay(record);
    }

    private NodeUnavailableException NotOpen() => new(options.Node, "its log is not open");
}

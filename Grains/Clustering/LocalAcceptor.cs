using Doozer.Paxos;
using Doozer.Storage;

namespace Doozer.Clustering;

/// <summary>This node's acceptor on its disk. What it answers is durable before it answers.</summary>
internal sealed class LocalAcceptor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AcceptorFile _file;
    private readonly TimeSpan _patience;
    private readonly Action<string> _onFailure;
    private AcceptorRecord _record;
    private string? _failed;

    private LocalAcceptor(AcceptorFile file, AcceptorRecord record, TimeSpan patience, Action<string> onFailure)
    {
        _file = file;
        _record = record;
        _patience = patience;
        _onFailure = onFailure;
        Start = file.Sequence;
    }

    /// <summary>A number that is higher in each later start with this data.</summary>
    public long Start { get; }

    public bool WasRepaired => _file.WasRepaired;

    public RegisterState State => Volatile.Read(ref _record).State;

    /// <param name="device">The disk.</param>
    /// <param name="directory">The clustering folder.</param>
    /// <param name="quorums">The peers that the cluster began with; a file of others is refused.</param>
    /// <param name="mustExist">Whether there was an acceptor here before, so that a missing file means lost promises.</param>
    /// <param name="patience">How long one request waits for the disk to be done with those before it.</param>
    /// <param name="onFailure">Is told once when the disk fails; the acceptor answers nothing after that.</param>
    /// <param name="firstStart">The number of the first start.</param>
    public static LocalAcceptor Open(
        IStorageDevice device, string directory, QuorumSystem quorums, bool mustExist, TimeSpan patience,
        Action<string> onFailure, long firstStart = 1)
    {
        string[] peers = [.. quorums.Acceptors];
        if (!mustExist)
        {
            var first = new AcceptorRecord(peers, new Dictionary<string, Guid>(StringComparer.Ordinal), RegisterState.Initial);
            var made = AcceptorFile.Create(device, directory, first.Encode(), firstStart);
            return new LocalAcceptor(made, first, patience, onFailure);
        }

        var file = AcceptorFile.Open(device, directory);
        try
        {
            var record = AcceptorRecord.Decode(file.Record);
            RequireSamePeers(record, peers, directory);
            record = record with { Peers = peers };
            file.Write(record.Encode());
            return new LocalAcceptor(file, record, patience, onFailure);
        }
        catch (InvalidDataException exception)
        {
            file.Dispose();
            throw new StorageException(
                StorageError.Damaged, $"The clustering file in '{directory}' cannot be read: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw new StorageException(
                StorageError.Unusable,
                $"The clustering file in '{directory}' cannot be written: {exception.Message} Make room or the disk writable, " +
                "and start again.",
                exception);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <exception cref="ClusteringException">The disk has failed.</exception>
    /// <exception cref="TimeoutException">The disk is not done with an earlier request.</exception>
    public RegisterAnswer Handle(in RegisterRequest request)
    {
        // What changes nothing is answered from what is durable, whatever the disk does meanwhile.
        RegisterState state = State;
        (RegisterState next, RegisterAnswer answer) = RegisterAcceptor.Handle(state, request);
        if (ReferenceEquals(next, state))
            return answer;
        Enter();
        try
        {
            (next, answer) = RegisterAcceptor.Handle(_record.State, request);
            if (!ReferenceEquals(next, _record.State))
                Save(_record with { State = next });
            return answer;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>The incarnation of a peer's data, as it was when this node met that peer first.</summary>
    public Guid? KnownIncarnation(string peer) =>
        Volatile.Read(ref _record).Incarnations.TryGetValue(peer, out Guid known) ? known : null;

    /// <summary>
    /// Remembers a peer's incarnation for ever, unless another one is known already. Returns the one that counts. When very many
    /// have come and gone, the first is forgotten that is no acceptor.
    /// </summary>
    public Guid Remember(string peer, Guid incarnation)
    {
        if (KnownIncarnation(peer) is { } remembered)
            return remembered;
        Enter();
        try
        {
            if (KnownIncarnation(peer) is { } known)
                return known;
            var met = new Dictionary<string, Guid>(_record.Incarnations, StringComparer.Ordinal) { [peer] = incarnation };
            if (met.Count > AcceptorRecord.MaxIncarnations)
                met.Remove(met.Keys.Except(Acceptors()).First(id => id != peer));
            Save(_record with { Incarnations = met });
            return incarnation;
        }
        finally
        {
            _gate.Exit();
        }
    }

    public void Dispose()
    {
        // Whoever is still in there is left to it: a stop does not wait for a disk that hangs.
        if (!_gate.TryEnter(_patience))
            return;
        try
        {
            _failed ??= "This node has stopped.";
            _file.Dispose();
        }
        finally
        {
            _gate.Exit();
        }
    }

    // What one set of peers chose, majorities of another need not know: they could choose again. One that has never promised
    // anything had no part in that.
    private static void RequireSamePeers(AcceptorRecord record, string[] peers, string directory)
    {
        if (record.Peers.AsSpan().SequenceEqual(peers) || record.State.Promised == Ballot.Zero)
            return;
        throw new StorageException(
            StorageError.Foreign,
            $"The clustering folder '{directory}' belongs to the peers {string.Join(", ", record.Peers)}, but those given are " +
            $"{string.Join(", ", peers)}; give the same peers again. A node with other peers needs data of its own: use " +
            "another directory.");
    }

    private IEnumerable<string> Acceptors()
    {
        var first = RegisterMembers.Of(new QuorumSystem(_record.Peers));
        return first.Acceptors.Concat(RegisterValue.Decode(_record.State.Value, first).Members.Acceptors);
    }

    private void Enter()
    {
        if (!_gate.TryEnter(_patience))
            throw new TimeoutException($"The disk has not written clustering data for {_patience.TotalSeconds:0.#} s.");
    }

    private void Save(AcceptorRecord record)
    {
        if (_failed is not null)
            throw new ClusteringException(_failed);
        try
        {
            _file.Write(record.Encode());
            Volatile.Write(ref _record, record);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // After a failed flush nobody knows what the disk holds; only a restart reads it again.
            _failed = $"The clustering data cannot be written: {exception.Message}";
            _onFailure(_failed);
            throw new ClusteringException(_failed, exception);
        }
    }
}

using Doozer.Paxos;
using Doozer.Storage;

namespace Doozer.Clustering;

/// <summary>This node's acceptor on its disk. What it answers is durable before it answers.</summary>
internal sealed class LocalAcceptor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AcceptorFile _file;
    private readonly RegisterMembers _first;
    private readonly TimeSpan _patience;
    private readonly Action<string> _onFailure;
    private AcceptorRecord _record;
    private KnownMembers _known;
    private string? _failed;

    private LocalAcceptor(
        AcceptorFile file, AcceptorRecord record, RegisterMembers first, TimeSpan patience, Action<string> onFailure)
    {
        _file = file;
        _first = first;
        _record = record;
        _known = new KnownMembers(record.State.Accepted, RegisterValue.Decode(record.State.Value, first).Members);
        if (record.Known is { } known && known.Ballot > _known.Ballot)
            _known = known;
        _patience = patience;
        _onFailure = onFailure;
        Start = file.Sequence;
    }

    /// <summary>A number that is higher in each later start with this data.</summary>
    public long Start { get; }

    public bool WasRepaired => _file.WasRepaired;

    public RegisterState State => Volatile.Read(ref _record).State;

    /// <summary>The newest members of the register that this node has met, by the ballot of their value.</summary>
    public KnownMembers Known => Volatile.Read(ref _known);

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
            return new LocalAcceptor(made, first, RegisterMembers.Of(quorums), patience, onFailure);
        }

        var file = AcceptorFile.Open(device, directory);
        try
        {
            var record = AcceptorRecord.Decode(file.Record);
            RequireSamePeers(record, peers, directory);
            record = record with { Peers = peers };
            file.Write(record.Encode());
            return new LocalAcceptor(file, record, RegisterMembers.Of(quorums), patience, onFailure);
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
            if (next.Accepted > _known.Ballot)
                Note(next);
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
    /// have come and gone, one that is no acceptor any more is forgotten.
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
                met.Remove(met.Keys.First(id => id != peer && !_record.Peers.Concat(_known.Members.Acceptors).Contains(id)));
            Save(_record with { Incarnations = met });
            return incarnation;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>
    /// Takes the members that a value tells of, and remembers them if they are news: the next start asks them, and not only those
    /// that the cluster began with, who may be gone by then. No more rests on it, so a disk that hangs or has failed is no error.
    /// </summary>
    public void Learn(Ballot ballot, RegisterMembers members)
    {
        if (ballot <= Known.Ballot || !_gate.TryEnter(_patience))
            return;
        try
        {
            if (ballot <= _known.Ballot)
                return;
            bool isNews = !members.IsSameAs(_known.Members);
            Volatile.Write(ref _known, new KnownMembers(ballot, members));
            if (isNews)
                Save(_record with { Known = _known });
        }
        catch (ClusteringException)
        {
            // The node has been told, and stops.
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

    private void Note(RegisterState state)
    {
        try
        {
            Volatile.Write(ref _known, new KnownMembers(state.Accepted, RegisterValue.Decode(state.Value, _first).Members));
        }
        catch (InvalidDataException)
        {
            // A newer version's value is kept for whoever can read it; that this one cannot shows when the register is read.
        }
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

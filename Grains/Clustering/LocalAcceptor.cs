using Doozer.Paxos;
using Doozer.Storage;

namespace Doozer.Clustering;

/// <summary>This node's acceptor on its disk. What it answers is durable before it answers.</summary>
internal sealed class LocalAcceptor : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AcceptorFile _file;
    private readonly Action<string> _onFailure;
    private AcceptorRecord _record;
    private string? _failed;

    private LocalAcceptor(AcceptorFile file, AcceptorRecord record, Action<string> onFailure)
    {
        _file = file;
        _record = record;
        _onFailure = onFailure;
    }

    public bool WasRepaired => _file.WasRepaired;

    public RegisterState State => Volatile.Read(ref _record).State;

    /// <param name="device">The disk.</param>
    /// <param name="directory">The clustering folder.</param>
    /// <param name="quorums">The peers; a file of other peers is refused.</param>
    /// <param name="mustExist">Whether there was an acceptor here before, so that a missing file means lost promises.</param>
    /// <param name="onFailure">Is told once when the disk fails; the acceptor answers nothing after that.</param>
    public static LocalAcceptor Open(
        IStorageDevice device, string directory, QuorumSystem quorums, bool mustExist, Action<string> onFailure)
    {
        string[] peers = [.. quorums.Acceptors];
        if (!mustExist)
        {
            var first = new AcceptorRecord(peers, new Dictionary<string, Guid>(StringComparer.Ordinal), RegisterState.Initial);
            return new LocalAcceptor(AcceptorFile.Create(device, directory, first.Encode()), first, onFailure);
        }

        var file = AcceptorFile.Open(device, directory);
        try
        {
            var record = AcceptorRecord.Decode(file.Record);

            // What one set of peers chose, majorities of another need not know: they could choose again.
            if (!record.Peers.AsSpan().SequenceEqual(peers))
            {
                throw new StorageException(
                    StorageError.Foreign,
                    $"The clustering folder '{directory}' belongs to the peers {string.Join(", ", record.Peers)}, but those " +
                    $"given are {string.Join(", ", peers)}; give the same peers again, or stop all peers, delete the " +
                    "clustering folder of each and start them with the new list.");
            }

            return new LocalAcceptor(file, record, onFailure);
        }
        catch (InvalidDataException exception)
        {
            file.Dispose();
            throw new StorageException(
                StorageError.Damaged, $"The clustering file in '{directory}' cannot be read: {exception.Message}", exception);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <exception cref="ClusteringException">The disk has failed.</exception>
    public RegisterAnswer Handle(in RegisterRequest request)
    {
        lock (_gate)
        {
            (RegisterState next, RegisterAnswer answer) = RegisterAcceptor.Handle(_record.State, request);
            if (!ReferenceEquals(next, _record.State))
                Save(_record with { State = next });
            return answer;
        }
    }

    /// <summary>The incarnation of a peer's data, as it was when this node met that peer first.</summary>
    public Guid? KnownIncarnation(string peer) =>
        Volatile.Read(ref _record).Incarnations.TryGetValue(peer, out Guid known) ? known : null;

    /// <summary>
    /// Remembers a peer's incarnation for ever, unless another one is known already. Returns the one that counts.
    /// </summary>
    public Guid Remember(string peer, Guid incarnation)
    {
        if (KnownIncarnation(peer) is { } remembered)
            return remembered;
        lock (_gate)
        {
            if (KnownIncarnation(peer) is { } known)
                return known;
            var met = new Dictionary<string, Guid>(_record.Incarnations, StringComparer.Ordinal) { [peer] = incarnation };
            Save(_record with { Incarnations = met });
            return incarnation;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _failed ??= "This node has stopped.";
            _file.Dispose();
        }
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

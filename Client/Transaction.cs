namespace Doozer.Client;

/// <summary>
/// One attempt of an optimistic transaction: what it reads is all from one revision of the tree, and what it writes is done at
/// the end, together, if nobody has changed any file that it read. See
/// <see cref="OptimisticTransactions.TransactAsync{T}(IDoozerNamespace, Func{Transaction, Task{T}}, int, CancellationToken)"/>.
/// </summary>
public sealed class Transaction
{
    private readonly IDoozerNamespace _store;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<string, Change> _checks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Change> _writes = new(StringComparer.Ordinal);

    internal Transaction(IDoozerNamespace store, CancellationToken cancellationToken) =>
        (_store, _cancellation) = (store, cancellationToken);

    /// <summary>Revision of the tree that it reads; <see cref="Revisions.Latest"/> before it has read anything.</summary>
    public long TreeRevision { get; private set; } = Revisions.Latest;

    internal bool HasWrites => _writes.Count != 0;

    internal Change[] Changes => [.. _checks.Values, .. _writes.Values];

    /// <summary>
    /// Reads a file, not showing what this transaction writes. Reads must not overlap. Errors as
    /// <see cref="IDoozerNamespace.GetAsync"/>.
    /// </summary>
    /// <param name="path">Absolute path of the file.</param>
    public async Task<FileContent> GetAsync(string path)
    {
        FileContent file = await _store.GetAsync(path, TreeRevision, cancellationToken: _cancellation);
        TreeRevision = file.TreeRevision;
        _checks[path] = Change.Check(path, file.Revision);
        return file;
    }

    /// <summary>Replaces or creates a file. The last write of a path counts.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="body">The new content; it is copied.</param>
    /// <param name="session">The session that is to hold the file; null for none.</param>
    public void Set(string path, ReadOnlyMemory<byte> body, Session? session = null) =>
        _writes[path] = Change.Set(path, body.ToArray(), session: session?.Id ?? 0);

    /// <summary>Deletes a file, which must exist.</summary>
    /// <param name="path">Absolute path of the file.</param>
    public void Delete(string path) => _writes[path] = Change.Del(path);
}

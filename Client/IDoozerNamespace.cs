namespace Doozer.Client;

/// <summary>
/// One namespace of the store. A request that meets a dead silo, a dead gateway or an election is submitted again until
/// <see cref="DoozerClientOptions.RequestTimeout"/>: the caller sees a pause, not an error.
/// </summary>
/// <remarks>
/// All failures are <see cref="DoozerException"/>s, and all but <see cref="OutcomeUnknownException"/> mean that nothing was done.
/// Besides the errors named at each method, every request may end with <see cref="NoQuorumException"/>,
/// <see cref="NodeUnavailableException"/>, <see cref="OverloadedException"/> or <see cref="InvalidNamespaceException"/>, and
/// every write with <see cref="OutcomeUnknownException"/>. Cancelling a write stops the waiting; the write itself may still be
/// done.
/// </remarks>
public interface IDoozerNamespace
{
    /// <summary>The namespace's name.</summary>
    string Name { get; }

    /// <summary>The clock of all its timing.</summary>
    TimeProvider TimeProvider { get; }

    /// <summary>Reads a whole file. A missing file has revision 0 and an empty body.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="InvalidPathException">The path does not parse.</exception>
    /// <exception cref="IsDirectoryException">The path is a directory.</exception>
    /// <exception cref="InvalidRevisionException">The revision is negative and not <see cref="Revisions.Latest"/>.</exception>
    /// <exception cref="TooLateException">The revision is older than the retained history.</exception>
    /// <exception cref="FutureRevisionException">The revision does not exist yet, or not yet on this silo for a local
    /// read.</exception>
    Task<FileContent> GetAsync(
        string path,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Tells what is at a path, without the body. Errors as <see cref="GetAsync"/>, but a directory is no error.
    /// </summary>
    /// <param name="path">Absolute path; <c>/</c> is the root directory.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    Task<EntryStat> StatAsync(
        string path,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the entries of a directory in ordinal order of their names. However many pages that takes, all come from the one
    /// revision that the first page was read at. Errors as <see cref="GetAsync"/>.
    /// </summary>
    /// <param name="path">Absolute path; <c>/</c> is the root directory.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="NotFoundException">There is nothing at the path. The root directory always exists.</exception>
    /// <exception cref="NotDirectoryException">The path is a file.</exception>
    IAsyncEnumerable<DirectoryEntry> ListAsync(
        string path,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads all files whose paths match a glob, in ordinal order of their paths, all from the one revision that the first page
    /// was read at. Errors as <see cref="GetAsync"/>.
    /// </summary>
    /// <param name="glob"><c>?</c> one character and <c>*</c> any, within a name; <c>**</c> any, across names. Up to 16
    /// patterns with commas between them match what any of them does.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="InvalidGlobException">The glob does not parse.</exception>
    IAsyncEnumerable<WalkedFile> WalkAsync(
        string glob,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable,
        CancellationToken cancellationToken = default);

    /// <summary>Replaces or creates a whole file.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="body">The new content; it is copied before the method returns its task.</param>
    /// <param name="revision">Highest revision of the file that may be replaced; <see cref="Revisions.Missing"/>: must not exist;
    /// <see cref="Revisions.Clobber"/>: any.</param>
    /// <param name="requestId">Identity of the write; empty lets the client make one. Give the id of an earlier
    /// <see cref="OutcomeUnknownException"/> to learn what became of that write: it is applied at most once.</param>
    /// <param name="floor">With a request id of your own: a revision that you knew before you first submitted the write, the same
    /// each time. When the store has forgotten requests since then, it says so instead of applying it twice. Without a request id
    /// the client sees to it.</param>
    /// <param name="session">Id of the session that is to hold the file, which is deleted when the session ends. 0: an ordinary
    /// file, also when a session has held it.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>The revision of this write.</returns>
    /// <exception cref="InvalidPathException">The path does not parse.</exception>
    /// <exception cref="ReservedPathException">The path is below <c>/ctl</c>.</exception>
    /// <exception cref="BodyTooLargeException">The body is over the limit.</exception>
    /// <exception cref="InvalidRevisionException">The revision is negative and not <see cref="Revisions.Clobber"/>.</exception>
    /// <exception cref="RevisionMismatchException">The file is newer than <paramref name="revision"/>.</exception>
    /// <exception cref="IsDirectoryException">The path is a directory.</exception>
    /// <exception cref="NotDirectoryException">A parent in the path is a file.</exception>
    /// <exception cref="SessionExpiredException">The session is over.</exception>
    /// <exception cref="SessionFullException">The session holds as many files as it may.</exception>
    /// <exception cref="StoreFullException">The files would take more than they may.</exception>
    /// <exception cref="DiskFullException">A disk that the write needs is nearly full.</exception>
    /// <exception cref="RequestIdReusedException">The request id belongs to another write.</exception>
    /// <exception cref="RequestTooOldException">Requests after <paramref name="floor"/> are forgotten: the write was not done
    /// now, and whether it was done before is unknown.</exception>
    Task<long> SetAsync(
        string path,
        ReadOnlyMemory<byte> body,
        long revision,
        Guid requestId = default,
        long? floor = null,
        long session = 0,
        CancellationToken cancellationToken = default);

    /// <summary>Creates a file that must not exist. Errors as <see cref="SetAsync"/>.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="body">Its content; it is copied before the method returns its task.</param>
    /// <param name="requestId">Identity of the write, as for <see cref="SetAsync"/>.</param>
    /// <param name="floor">As for <see cref="SetAsync"/>.</param>
    /// <param name="session">As for <see cref="SetAsync"/>.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>The revision of this write.</returns>
    Task<long> AddAsync(
        string path,
        ReadOnlyMemory<byte> body,
        Guid requestId = default,
        long? floor = null,
        long session = 0,
        CancellationToken cancellationToken = default);

    /// <summary>Deletes a file; a directory that becomes empty disappears. Errors as <see cref="SetAsync"/>.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="revision">Highest revision of the file that may be deleted; <see cref="Revisions.Clobber"/>: any.</param>
    /// <param name="requestId">Identity of the write, as for <see cref="SetAsync"/>.</param>
    /// <param name="floor">As for <see cref="SetAsync"/>.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>The revision of this write.</returns>
    /// <exception cref="NotFoundException">There is no file at the path.</exception>
    Task<long> DeleteAsync(
        string path,
        long revision,
        Guid requestId = default,
        long? floor = null,
        CancellationToken cancellationToken = default);

    /// <summary>Takes a revision and changes nothing. Errors as <see cref="SetAsync"/>.</summary>
    /// <param name="requestId">Identity of the write, as for <see cref="SetAsync"/>.</param>
    /// <param name="floor">As for <see cref="SetAsync"/>.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>The revision of this write.</returns>
    Task<long> NopAsync(Guid requestId = default, long? floor = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes several changes, all or none, each seeing what those before it did. They take consecutive revisions, and nobody sees
    /// a tree between them. To have a function run again when somebody was faster, see <see cref="OptimisticTransactions"/>.
    /// </summary>
    /// <param name="changes">The changes: 1 to <see cref="Limits.TransactionChanges"/>, with paths and bodies of at most
    /// <see cref="Limits.TransactionBytes"/> together. They are copied before the method returns its task.</param>
    /// <param name="requestId">Identity of the transaction, as for <see cref="SetAsync"/>.</param>
    /// <param name="floor">As for <see cref="SetAsync"/>.</param>
    /// <param name="cancellationToken">Stops the waiting, not the transaction.</param>
    /// <returns>The last of the revisions it took; the tree's when all were checks.</returns>
    /// <exception cref="TransactionFailedException">Which change could not be made, and why.</exception>
    /// <exception cref="InvalidArgumentException">There are none, too many, or too large ones.</exception>
    /// <exception cref="RequestIdReusedException">The request id belongs to another write.</exception>
    /// <exception cref="RequestTooOldException">As for <see cref="SetAsync"/>.</exception>
    Task<long> TransactAsync(
        IReadOnlyList<Change> changes,
        Guid requestId = default,
        long? floor = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens a session, which this client keeps alive until it is closed: a promise to be alive, and the owner of files that go
    /// when it ends. One is enough for a process; each costs the store a little.
    /// </summary>
    /// <param name="ttl">How long it lasts when nothing is heard of it: <see cref="Limits.ShortestTtl"/> to
    /// <see cref="Limits.LongestTtl"/>, in whole milliseconds. Null: 10 s.</param>
    /// <param name="owner">Whose it is, for people: at most <see cref="Limits.SessionOwnerBytes"/> bytes of UTF-8. Null: this
    /// machine's name and the process id, <c>machine:pid</c>.</param>
    /// <param name="cancellationToken">Stops the waiting. A session that is opened all the same ends after its ttl.</param>
    /// <exception cref="InvalidArgumentException">The ttl or the owner is out of its range.</exception>
    Task<Session> OpenSessionAsync(
        TimeSpan? ttl = null, string? owner = null, CancellationToken cancellationToken = default);

    /// <summary>The newest revision; 0 before the first write.</summary>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    Task<long> RevisionAsync(ReadMode mode = ReadMode.Linearizable, CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits for the first events on or after a revision whose paths match a glob. Answers as soon as there is one, and with none
    /// when <paramref name="timeout"/> has passed. Go on from <see cref="WaitResult.Next"/> to miss nothing.
    /// </summary>
    /// <param name="glob">As for <see cref="WalkAsync"/>.</param>
    /// <param name="fromRevision">First revision of interest; <see cref="Revisions.Latest"/>: whatever is written after this call
    /// began.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="max">At most this many events, 1 to <see cref="Limits.PageSize"/>.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="InvalidArgumentException">The timeout is negative, or <paramref name="max"/> out of its
    /// range.</exception>
    /// <exception cref="InvalidGlobException">The glob does not parse.</exception>
    /// <exception cref="InvalidRevisionException">The revision is negative and not <see cref="Revisions.Latest"/>.</exception>
    /// <exception cref="TooLateException">The revision is older than the retained history.</exception>
    /// <exception cref="FutureRevisionException">The revision before it does not exist yet: the namespace was restored from a
    /// snapshot.</exception>
    Task<WaitResult> WaitAsync(
        string glob,
        long fromRevision,
        TimeSpan timeout,
        int max = Limits.PageSize,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// All events on or after a revision whose paths match a glob, in order, none missed and none repeated. Goes on through
    /// failures of silos and gateways, and without a quorum, for as long as it takes; ends only by cancellation or by one of the
    /// errors below.
    /// </summary>
    /// <param name="glob">As for <see cref="WalkAsync"/>.</param>
    /// <param name="fromRevision">First revision of interest; <see cref="Revisions.Latest"/>: whatever is written after the
    /// enumeration began.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="InvalidGlobException">The glob does not parse.</exception>
    /// <exception cref="InvalidRevisionException">The revision is negative and not <see cref="Revisions.Latest"/>.</exception>
    /// <exception cref="TooLateException">The revision is older than the retained history: read the files anew (with
    /// <see cref="WalkAsync"/>), and watch from there.</exception>
    /// <exception cref="FutureRevisionException">The revision before it does not exist yet: the namespace was restored from a
    /// snapshot. Do as for <see cref="TooLateException"/>.</exception>
    /// <exception cref="ObjectDisposedException">The host of this client has stopped.</exception>
    IAsyncEnumerable<FileEvent> WatchAsync(
        string glob,
        long fromRevision = Revisions.Latest,
        CancellationToken cancellationToken = default);

    /// <summary>The state of the namespace as a silo and, where it can be reached, the leader know it.</summary>
    /// <param name="cancellationToken">Stops the waiting.</param>
    Task<NamespaceStatus> StatusAsync(CancellationToken cancellationToken = default);
}

namespace Doozer;

/// <summary>
/// One namespace: a versioned tree of small files, as clients see it. The key is the namespace's name. Every silo answers
/// from its own replica; writes go to the leader's. All failures are <see cref="DoozerException"/>s; of a namespace that nobody
/// has made, or that was deleted, each but <see cref="Create"/> is a <see cref="NoNamespaceException"/>.
/// </summary>
/// <remarks>
/// Revisions count successful commands from 1 in one total order. As in Doozer a write names the highest revision of the file
/// it may replace: <see cref="Revisions.Missing"/> (0) for "must not exist", <see cref="Revisions.Clobber"/> (-1) for any.
/// </remarks>
[Alias("Doozer.INamespaceGrain")]
public interface INamespaceGrain : IGrainWithStringKey
{
    /// <summary>
    /// Makes the namespace, with an empty tree. From then on every silo serves it. The list of namespaces is the directory
    /// <see cref="Names.ListDirectory"/> of <see cref="Names.Main"/>, which can be read and watched like any other.
    /// </summary>
    /// <param name="requestId">Identity of this request, as for <see cref="Set"/>.</param>
    /// <param name="floor">As for <see cref="Set"/>, but a revision of <see cref="Names.Main"/>.</param>
    /// <param name="replicas">
    /// How many nodes vote in it, from 1 to <see cref="Limits.Replicas"/>, of the cluster's voters; 0 for all of them up to
    /// <see cref="Limits.DefaultReplicas"/>. The other nodes learn what is written, and serve it as well.
    /// </param>
    /// <returns>The revision of <see cref="Names.Main"/> that it took, which tells it from any other of its name.</returns>
    /// <exception cref="InvalidNamespaceException">The name is not valid.</exception>
    /// <exception cref="NamespaceExistsException">It is there already; <see cref="Names.Main"/> always is.</exception>
    /// <exception cref="TooManyNamespacesException">There are as many as there may be.</exception>
    /// <exception cref="InvalidArgumentException">There is no such number of replicas.</exception>
    /// <exception cref="RequestIdReusedException">As for <see cref="Set"/>, as are the following.</exception>
    /// <exception cref="RequestTooOldException"></exception>
    /// <exception cref="NoQuorumException"></exception>
    /// <exception cref="OutcomeUnknownException"></exception>
    /// <exception cref="OverloadedException"></exception>
    [Alias("Create")]
    [ResponseTimeout("00:00:45")]
    Task<long> Create(Guid requestId = default, long? floor = null, int replicas = 0);

    /// <summary>
    /// Deletes the namespace, with all that is in it: nothing that comes later is done in it. Its name can be used again, for a
    /// namespace that begins beyond the revisions of this one.
    /// </summary>
    /// <param name="requestId">Identity of this request, as for <see cref="Set"/>.</param>
    /// <param name="floor">As for <see cref="Create"/>.</param>
    /// <returns>The revision of <see cref="Names.Main"/> that it took.</returns>
    /// <exception cref="NoNamespaceException">It is not there.</exception>
    /// <exception cref="InvalidNamespaceException">It is <see cref="Names.Main"/>, which cannot be deleted.</exception>
    /// <exception cref="RequestIdReusedException">As for <see cref="Set"/>, as are the following.</exception>
    /// <exception cref="RequestTooOldException"></exception>
    /// <exception cref="NoQuorumException"></exception>
    /// <exception cref="OutcomeUnknownException"></exception>
    /// <exception cref="OverloadedException"></exception>
    [Alias("Delete")]
    [ResponseTimeout("00:00:45")]
    Task<long> Delete(Guid requestId = default, long? floor = null);

    /// <summary>Reads a whole file. A missing file has revision 0 and an empty body.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <exception cref="InvalidPathException">The path does not parse.</exception>
    /// <exception cref="IsDirectoryException">The path is a directory.</exception>
    /// <exception cref="InvalidRevisionException">The revision is negative and not <see cref="Revisions.Latest"/>.</exception>
    /// <exception cref="TooLateException">The revision is older than the retained history.</exception>
    /// <exception cref="FutureRevisionException">The revision does not exist yet.</exception>
    /// <exception cref="NoQuorumException">The answer could not be confirmed by a quorum in time.</exception>
    [Alias("Get")]
    Task<FileContent> Get(string path, long revision = Revisions.Latest, ReadMode mode = ReadMode.Linearizable);

    /// <summary>Tells what is at a path, without the body. Errors as <see cref="Get"/>, but a directory is no error.</summary>
    /// <param name="path">Absolute path; <c>/</c> is the root directory.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    [Alias("Stat")]
    Task<EntryStat> Stat(string path, long revision = Revisions.Latest, ReadMode mode = ReadMode.Linearizable);

    /// <summary>Lists the entries of a directory in ordinal order of their names. Errors as <see cref="Get"/>.</summary>
    /// <param name="path">Absolute path; <c>/</c> is the root directory.</param>
    /// <param name="after">Only names ordinally after this one; empty for all. For paging, with a fixed revision.</param>
    /// <param name="limit">At most this many entries, 1 to <see cref="Limits.PageSize"/>.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <exception cref="NotFoundException">There is nothing at the path. The root directory always exists.</exception>
    /// <exception cref="NotDirectoryException">The path is a file.</exception>
    [Alias("GetDir")]
    Task<DirectoryPage> GetDir(
        string path,
        string after = "",
        int limit = Limits.PageSize,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable);

    /// <summary>Reads all files whose paths match a glob, in ordinal order of their paths. Errors as <see cref="Get"/>.</summary>
    /// <param name="glob"><c>?</c> one character and <c>*</c> any, within a name; <c>**</c> any, across names. Up to 16
    /// patterns with commas between them match what any of them does.</param>
    /// <param name="after">Only paths ordinally after this one; empty for all. For paging, with a fixed revision.</param>
    /// <param name="limit">At most this many files, 1 to <see cref="Limits.PageSize"/>. A page also ends at
    /// <see cref="Limits.PageBytes"/> of bodies, and when some 30,000 files were looked at: one without a file may not be the
    /// last.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <exception cref="InvalidGlobException">The glob does not parse.</exception>
    [Alias("Walk")]
    Task<WalkPage> Walk(
        string glob,
        string after = "",
        int limit = Limits.PageSize,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable);

    /// <summary>Replaces or creates a whole file.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="body">The new content; callers must not change the array afterwards.</param>
    /// <param name="revision">Highest revision of the file that may be replaced; 0: must not exist; -1: any.</param>
    /// <param name="requestId">Identity of this write. Submitting it again, after any failure, applies it at most once and gives
    /// the same answer. <see cref="Guid.Empty"/> lets the grain choose one.</param>
    /// <param name="floor">With a request id: a revision that the caller knew before it first submitted this write, the same each
    /// time. A store that has forgotten requests since then refuses the write instead of applying it twice. Null: it is taken for
    /// a new one when the id is forgotten.</param>
    /// <param name="session">The session that is to hold the file: it is deleted when the session ends. 0: an ordinary file, also
    /// when a session has held it.</param>
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
    /// <exception cref="NoQuorumException">No leader could be reached in time; the write was not done.</exception>
    /// <exception cref="OutcomeUnknownException">The write was under way and may or may not be done.</exception>
    /// <exception cref="OverloadedException">Too many requests are waiting; the write was not done.</exception>
    [Alias("Set")]
    Task<long> Set(
        string path, byte[] body, long revision, Guid requestId = default, long? floor = null, long session = 0);

    /// <summary>Deletes a file; a directory that becomes empty disappears. Errors as <see cref="Set"/>.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="revision">Highest revision of the file that may be deleted; -1: any.</param>
    /// <param name="requestId">Identity of this write, as for <see cref="Set"/>.</param>
    /// <param name="floor">As for <see cref="Set"/>.</param>
    /// <returns>The revision of this write.</returns>
    /// <exception cref="NotFoundException">There is no file at the path.</exception>
    [Alias("Del")]
    Task<long> Del(string path, long revision, Guid requestId = default, long? floor = null);

    /// <summary>Takes a revision and changes nothing. Errors as <see cref="Set"/>.</summary>
    /// <param name="requestId">Identity of this write, as for <see cref="Set"/>.</param>
    /// <param name="floor">As for <see cref="Set"/>.</param>
    /// <returns>The revision of this write.</returns>
    [Alias("Nop")]
    Task<long> Nop(Guid requestId = default, long? floor = null);

    /// <summary>
    /// Makes several changes, all or none, each seeing what those before it did. They take consecutive revisions, and nobody sees
    /// a tree between them: reading at one of these revisions gives the tree after the last.
    /// </summary>
    /// <param name="changes">The changes: 1 to <see cref="Limits.TransactionChanges"/>, with paths and bodies of at most
    /// <see cref="Limits.TransactionBytes"/> together.</param>
    /// <param name="requestId">Identity of this transaction, as for <see cref="Set"/>.</param>
    /// <param name="floor">As for <see cref="Set"/>.</param>
    /// <returns>The last of the revisions it took; the tree's when all were checks.</returns>
    /// <exception cref="TransactionFailedException">Which change could not be made, and why: one of the errors of
    /// <see cref="Set"/>, <see cref="Del"/>, or for a check a <see cref="RevisionMismatchException"/>.</exception>
    /// <exception cref="InvalidArgumentException">There are none, too many, or too large ones.</exception>
    /// <exception cref="RequestIdReusedException">As for <see cref="Set"/>, as are the following.</exception>
    /// <exception cref="RequestTooOldException"></exception>
    /// <exception cref="NoQuorumException"></exception>
    /// <exception cref="OutcomeUnknownException"></exception>
    /// <exception cref="OverloadedException"></exception>
    [Alias("Transact")]
    Task<long> Transact(Change[] changes, Guid requestId = default, long? floor = null);

    /// <summary>
    /// Opens a session: a promise to be alive. It has a file, <c>/ctl/session/ID</c>, whose content is its ttl in milliseconds, a
    /// space, and the owner. When it is closed, or nothing was heard of it for its ttl, that file and all that it holds are
    /// deleted as one transaction. A new leader gives every session its full ttl again. Other errors as <see cref="Set"/>.
    /// </summary>
    /// <param name="ttl">How long it lasts without <see cref="KeepAlive"/>: <see cref="Limits.ShortestTtl"/> to
    /// <see cref="Limits.LongestTtl"/>, in whole milliseconds.</param>
    /// <param name="owner">Whose it is, for people: at most <see cref="Limits.SessionOwnerBytes"/> bytes of UTF-8 without
    /// control characters.</param>
    /// <param name="requestId">Identity of this request, as for <see cref="Set"/>.</param>
    /// <param name="floor">As for <see cref="Set"/>.</param>
    /// <returns>The session's id, which is the revision that it took.</returns>
    /// <exception cref="InvalidArgumentException">The ttl or the owner is out of its range.</exception>
    [Alias("OpenSession")]
    Task<long> OpenSession(TimeSpan ttl, string owner, Guid requestId = default, long? floor = null);

    /// <summary>
    /// Lets sessions live on: each for its ttl from some moment after this call was made. Count from before the call, and less by
    /// as much as clocks may differ.
    /// </summary>
    /// <param name="sessions">Their ids, at most <see cref="Limits.KeepAliveSessions"/>.</param>
    /// <returns>Those of them that are over.</returns>
    /// <exception cref="InvalidArgumentException">There are too many.</exception>
    /// <exception cref="NoQuorumException">It could not be confirmed in time; they live as long as they would have.</exception>
    /// <exception cref="OverloadedException">Too many requests are waiting.</exception>
    [Alias("KeepAlive")]
    Task<long[]> KeepAlive(long[] sessions);

    /// <summary>Ends a session: its file, and all that it holds, are deleted as one transaction. Other errors as
    /// <see cref="Set"/>.</summary>
    /// <param name="session">Its id.</param>
    /// <param name="requestId">Identity of this request, as for <see cref="Set"/>.</param>
    /// <param name="floor">As for <see cref="Set"/>.</param>
    /// <returns>The last revision of that transaction.</returns>
    /// <exception cref="SessionExpiredException">It is over already.</exception>
    [Alias("CloseSession")]
    Task<long> CloseSession(long session, Guid requestId = default, long? floor = null);

    /// <summary>The newest revision; 0 before the first write.</summary>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    [Alias("Rev")]
    Task<long> Rev(ReadMode mode = ReadMode.Linearizable);

    /// <summary>
    /// Long poll: the first events on or after a revision whose paths match a glob, in order and without gaps. Answers as soon as
    /// there is one, with at most <paramref name="max"/>, and with none when <paramref name="timeout"/> has passed. Keeps
    /// nothing: go on from <see cref="WaitResult.Next"/>.
    /// </summary>
    /// <param name="glob">As for <see cref="Walk"/>.</param>
    /// <param name="revision">First revision of interest; <see cref="Revisions.Latest"/> for whatever comes next.</param>
    /// <param name="max">At most this many events, 1 to <see cref="Limits.PageSize"/>. An answer also ends at
    /// <see cref="Limits.PageBytes"/> of bodies.</param>
    /// <param name="timeout">How long to wait, zero to <see cref="Limits.WaitTimeout"/>.</param>
    /// <param name="mode">Whether a node that has known of no leader for a while says so instead of that there is nothing new:
    /// <see cref="ReadMode.Linearizable"/>; <see cref="ReadMode.Local"/> waits on.</param>
    /// <exception cref="InvalidGlobException">The glob does not parse.</exception>
    /// <exception cref="InvalidRevisionException">The revision is negative and not <see cref="Revisions.Latest"/>.</exception>
    /// <exception cref="TooLateException">The revision is older than the retained history.</exception>
    /// <exception cref="FutureRevisionException">The revision before it does not exist yet, so nobody can have seen it: the
    /// namespace was restored from a snapshot. <see cref="ReadMode.Local"/> waits for it.</exception>
    /// <exception cref="OverloadedException">Too many requests are waiting.</exception>
    /// <exception cref="NoQuorumException">The node is cut off: another may know of more.</exception>
    [Alias("Wait")]
    [ResponseTimeout("00:00:45")]
    Task<WaitResult> Wait(
        string glob, long revision, int max, TimeSpan timeout, ReadMode mode = ReadMode.Linearizable);

    /// <summary>Makes a node lead the namespace; completes when it does. Writes wait for the moment that takes.</summary>
    /// <param name="node">Its id.</param>
    /// <exception cref="InvalidArgumentException">The node is none of the namespace's.</exception>
    /// <exception cref="NodeUnavailableException">The leader does not hear the node, or it did not take over in time.</exception>
    /// <exception cref="NoQuorumException">There is no leader that could hand over.</exception>
    [Alias("TransferLeadership")]
    Task TransferLeadership(string node);

    /// <summary>The state of the namespace as this silo and, where it can be reached, the leader know it.</summary>
    [Alias("Status")]
    Task<NamespaceStatus> Status();
}

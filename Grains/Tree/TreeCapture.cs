namespace Doozer.Tree;

/// <summary>
/// All that a tree holds at one moment: the newest tree, the retained history, the remembered requests. Taking it copies nothing
/// of these. Safe for any thread.
/// </summary>
/// <param name="history">The published history.</param>
/// <param name="requests">The remembered requests.</param>
/// <param name="nextEdit">Gives edit numbers that nobody else uses.</param>
/// <param name="filesDigest">The digest of the newest tree's files, as they were when they were written.</param>
internal sealed class TreeCapture(HistoryView history, RequestView requests, Func<long> nextEdit, ulong filesDigest)
{
    /// <summary>The newest revision.</summary>
    public long Revision => history.Latest.Revision;

    /// <summary>The revision before the oldest that can be read. The events follow it.</summary>
    public long StartRevision => Math.Max(0, history.OldestRevision - 1);

    /// <summary>The remembered requests, oldest first.</summary>
    public RequestView Requests => requests;

    /// <summary>Whether the files are still what was written: false when something else wrote into their memory.</summary>
    public bool IsIntact() => StateDigest.Of(history.Latest) == filesDigest;

    /// <summary>The event of a revision after <see cref="StartRevision"/>.</summary>
    public TreeEvent EventAt(long revision) => history[revision];

    /// <summary>The tree at <see cref="StartRevision"/>.</summary>
    public TreeVersion Start() => history.Rebuild(StartRevision, null, nextEdit);
}

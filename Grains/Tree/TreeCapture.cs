namespace Doozer.Tree;

/// <summary>
/// All that a tree holds at one moment: the newest tree, the retained history, the remembered requests. Taking it copies nothing
/// of these. For any thread, but one only, and once: what was taken out is let go, so that a slow reader does not keep a whole
/// history in memory that the tree itself no longer has.
/// </summary>
/// <param name="history">The published history.</param>
/// <param name="requests">The remembered requests.</param>
/// <param name="nextEdit">Gives edit numbers that nobody else uses.</param>
/// <param name="filesDigest">The digest of the newest tree's files, as they were when they were written.</param>
internal sealed class TreeCapture(HistoryView history, RequestView requests, Func<long> nextEdit, ulong filesDigest)
{
    private HistoryView? _history = history;

    /// <summary>The newest revision.</summary>
    public long Revision { get; } = history.Latest.Revision;

    /// <summary>The revision before the oldest that can be read. The events follow it.</summary>
    public long StartRevision { get; } = Math.Max(0, history.OldestRevision - 1);

    /// <summary>Sizes of the events.</summary>
    public long HistoryBytes { get; } = history.Bytes;

    /// <summary>The remembered requests, oldest first.</summary>
    public RequestView Requests => requests;

    /// <summary>
    /// Whether the files are still what was written: false when something else wrote into their memory. Only before
    /// <see cref="Take"/>.
    /// </summary>
    public bool IsIntact() => StateDigest.Of(History.Latest) == filesDigest;

    /// <summary>Takes out the tree at <see cref="StartRevision"/> and the events after it.</summary>
    public (TreeVersion Start, HistoryEvents Events) Take()
    {
        HistoryView taken = History;
        _history = null;
        return (taken.Rebuild(StartRevision, null, nextEdit), taken.EventsAfter(StartRevision));
    }

    private HistoryView History => _history ?? throw new InvalidOperationException("The capture has been taken out already.");
}

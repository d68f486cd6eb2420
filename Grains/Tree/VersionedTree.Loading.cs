namespace Doozer.Tree;

/// <summary>How a tree comes to a state that it has not applied.</summary>
internal sealed partial class VersionedTree
{
    /// <summary>Takes over the state of a newer tree, which must not be used any more. For the writer's thread only.</summary>
    public void TakeOver(VersionedTree newer)
    {
        if (newer.Revision < Revision)
            throw new InvalidOperationException($"The tree at revision {newer.Revision} is older than this one, at {Revision}.");

        newer.Publish();
        HistoryView last = _published;
        _requests = newer._requests;
        _sessions = newer._sessions;
        _history = newer._history;
        _builder = newer._builder;
        _filesDigest = newer._filesDigest;
        Interlocked.Exchange(ref _bytes, newer._bytes);
        Interlocked.Exchange(ref _files, newer._files);

        // From here on the numbers must be above those of both trees, or an edit could take shared nodes for its own.
        Interlocked.Add(ref _edit, Interlocked.Read(ref newer._edit));
        Volatile.Write(ref _published, _history.View(_builder.Freeze(NextEdit())));
        last.Pass();
    }

    /// <summary>
    /// Goes on from a later revision, which a Nop takes: the revisions between may have been others once, and are too late. The
    /// files keep their revisions, and the requests are remembered. For the writer's thread only.
    /// </summary>
    /// <param name="revision">The new revision, after <see cref="Revision"/>.</param>
    public void SkipTo(long revision)
    {
        Publish();
        HistoryView last = _published;
        TreeVersion latest = last.Latest;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(revision, latest.Revision);
        var start = new TreeVersion(revision - 1, latest.Files, latest.Directories);
        _history = NewHistory(_options, start.Revision, new Lazy<TreeVersion>(start), []);
        _builder = new TreeBuilder(start, NextEdit());
        Append(new TreeEvent(revision, CommandKind.Nop, TreePath.Root, []), null);
        Publish();
    }

    /// <summary>Makes a tree again from the parts that a <see cref="TreeCapture"/> has, but for the requests.</summary>
    /// <param name="options">Its limits.</param>
    /// <param name="revision">The revision before the first event.</param>
    /// <param name="start">The tree of that revision.</param>
    /// <param name="events">The events since.</param>
    /// <param name="latest">The newest tree, after the last event.</param>
    internal static VersionedTree Load(
        TreeOptions options, long revision, Lazy<TreeVersion> start, IReadOnlyList<TreeEvent> events, TreeVersion latest) =>
        new(options, NewHistory(options, revision, start, events), latest);

    /// <summary>While loading: adds the next revision's event.</summary>
    internal void LoadEvent(TreeEvent next) => Append(next, _builder.Find(next.Path));

    /// <summary>While loading: adds a remembered request.</summary>
    internal void LoadRequest(in RequestEntry request) => _requests.Add(request);

    /// <summary>While loading: one that was applied to that revision has been forgotten.</summary>
    internal void LoadForgotten(long appliedTo) => _requests.Forget(appliedTo);
}

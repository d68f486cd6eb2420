using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Doozer.Client.Recipes;

/// <summary>All files that match a glob, as they change. Never shows a part of a transaction.</summary>
internal sealed class FollowedFiles(IDoozerNamespace store, string glob)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private ImmutableSortedDictionary<string, WalkedFile> _files = ImmutableSortedDictionary.Create<string, WalkedFile>(
        StringComparer.Ordinal);

    /// <summary>The revision to go on from; null when the files have to be read first.</summary>
    private long? _next;

    /// <summary>Goes on through failures until it is cancelled.</summary>
    public async IAsyncEnumerable<IReadOnlyDictionary<string, WalkedFile>> FollowAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            bool isNews = false;
            bool failed = false;
            try
            {
                isNews = _next is { } next
                    ? await TakeEventsAsync(next, cancellationToken)
                    : await ReadAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is TooLateException or FutureRevisionException)
            {
                _next = null;
            }
            catch (Exception exception) when (
                exception is NoQuorumException or NodeUnavailableException or OverloadedException)
            {
                failed = true;
            }

            if (isNews)
                yield return _files;
            if (failed)
                await Task.Delay(Pause, store.TimeProvider, cancellationToken);
        }
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        long revision = await store.RevisionAsync(cancellationToken: cancellationToken);
        ImmutableSortedDictionary<string, WalkedFile> files = _files.Clear();
        await foreach (WalkedFile file in store.WalkAsync(glob, revision, cancellationToken: cancellationToken))
            files = files.SetItem(file.Path, file);
        (_files, _next) = (files, revision + 1);
        return true;
    }

    private async Task<bool> TakeEventsAsync(long next, CancellationToken cancellationToken)
    {
        bool isNews = false;
        TimeSpan timeout = Limits.WaitTimeout;
        while (true)
        {
            WaitResult found = await store.WaitAsync(glob, next, timeout, cancellationToken: cancellationToken);
            foreach (FileEvent change in found.Events)
            {
                isNews = true;
                _files = change.Kind == FileEventKind.Set
                    ? _files.SetItem(change.Path, new WalkedFile(change.Path, change.Revision, change.Body, change.Session))
                    : _files.Remove(change.Path);
            }

            _next = next = found.Next;
            if (found.Events.Length == 0 || found.Events[^1].End < next)
                return isNews;

            // The rest of that transaction is there already.
            timeout = TimeSpan.Zero;
        }
    }
}

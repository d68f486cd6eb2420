namespace Doozer.Client.Recipes;

/// <summary>
/// Files held by sessions in a directory, in the order in which they were created. Each waits for one of those before it, so that
/// whoever leaves wakes no herd.
/// </summary>
internal sealed class WaitingLine(IDoozerNamespace store, string directory)
{
    /// <summary>A name for a file that nobody else uses.</summary>
    /// <param name="kind">What the name begins with.</param>
    public string NewPath(string kind) => $"{directory}/{kind}-{Guid.NewGuid():N}";

    /// <summary>Creates a file in the line, and waits until nothing before it is in its way.</summary>
    /// <param name="file">The file, not yet created.</param>
    /// <param name="blocks">Whether a file of that name is in the way of one that comes after it.</param>
    /// <param name="patience">How long to wait.</param>
    /// <returns>When it is its turn, the revision of the tree by which it was at the latest. Otherwise null, and nothing is left
    /// behind, as with any failure.</returns>
    public async Task<long?> TryEnterAsync(HeldFile file, Func<string, bool> blocks, Patience patience)
    {
        // Who only asks whether it is free writes nothing when it is not.
        if (patience.IsNone && (await FindBeforeAsync(long.MaxValue, blocks, patience.Token)).Before is not null)
            return null;
        await file.CreateAsync(patience.Token);
        try
        {
            for (long from = file.Revision + 1; ;)
            {
                (string? before, bool isThere) = await FindBeforeAsync(file.Revision, blocks, patience.Token);

                // What was read may be old by now. But as long as the session lives it stays true: nobody comes in before others.
                file.Session.ThrowIfLost();
                if (!isThere)
                    throw new NotHeldException(file.Path);
                if (before is null)
                    return from - 1;

                if (patience.IsNone)
                {
                    await file.ReleaseAsync();
                    return null;
                }

                from = await ChangeAfterAsync(before, from, patience.Token);
            }
        }
        catch
        {
            file.Abandon();
            throw;
        }
    }

    /// <summary>
    /// The last of those in the way before a place in the line, or null when there is none; and whether anybody is at that place.
    /// </summary>
    private async Task<(string? Before, bool IsThere)> FindBeforeAsync(
        long place, Func<string, bool> blocks, CancellationToken cancellationToken)
    {
        DirectoryEntry? before = null;
        bool isThere = false;
        try
        {
            await foreach (DirectoryEntry entry in store.ListAsync(directory, cancellationToken: cancellationToken))
            {
                isThere |= entry.Revision == place;

                // What no session holds nobody would ever take away.
                if (entry.Session != 0 && entry.Revision < place && blocks(entry.Name)
                    && entry.Revision > (before?.Revision ?? 0))
                {
                    before = entry;
                }
            }
        }
        catch (NotFoundException)
        {
            // An empty directory is none.
        }

        return (before is null ? null : $"{directory}/{before.Name}", isThere);
    }

    /// <summary>Waits until something happens to a file on or after a revision.</summary>
    /// <returns>The revision to go on from, known before whatever is read next.</returns>
    private async Task<long> ChangeAfterAsync(string path, long from, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (FileEvent change in store.WatchAsync(path, from, cancellationToken))
                return change.Revision + 1;
        }
        catch (Exception exception) when (exception is TooLateException or FutureRevisionException)
        {
            // The line has to be read anew.
        }

        return 1 + await store.RevisionAsync(cancellationToken: cancellationToken);
    }
}

namespace Doozer.Client.Recipes;

/// <summary>
/// Files held by sessions in a directory, in the order in which they were created. Each waits for one of those before it, so that
/// whoever leaves wakes no herd.
/// </summary>
/// <remarks>
/// Who is next needs to look whether all before it are gone, unless whoever goes says so: see <see cref="HeldFile.WillPassOn"/>.
/// </remarks>
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
        if (patience.IsNone
            && (await FindBeforeAsync(long.MaxValue, Revisions.Latest, blocks, patience.Token)).Before is not null)
        {
            return null;
        }

        await file.CreateAsync(patience.Token);
        try
        {
            for (long seen = file.Revision; ;)
            {
                // A revision that is known needs no confirmation by a quorum. What was read may be old by now, but as long as the
                // session lives it stays true: nobody comes in before others.
                (string? before, bool isThere) = await FindBeforeAsync(file.Revision, seen, blocks, patience.Token);
                file.Session.ThrowIfLost();
                if (!isThere)
                    throw new NotHeldException(file.Path);
                if (before is null)
                    return seen;

                if (patience.IsNone)
                {
                    await file.ReleaseAsync();
                    return null;
                }

                (seen, bool isPassedOn) = await ChangeAfterAsync(before, file, seen, patience.Token);
                if (!isPassedOn)
                    continue;
                file.Session.ThrowIfLost();
                return seen;
            }
        }
        catch
        {
            file.Abandon();
            throw;
        }
    }

    /// <summary>
    /// The last of those in the way before a place in the line at a revision, or later, or null when there is none; and whether
    /// anybody is at that place.
    /// </summary>
    private async Task<(string? Before, bool IsThere)> FindBeforeAsync(
        long place, long revision, Func<string, bool> blocks, CancellationToken cancellationToken)
    {
        DirectoryEntry? before = null;
        bool isThere = false;
        try
        {
            await foreach (DirectoryEntry entry in store.ListAsync(directory, revision, cancellationToken: cancellationToken))
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
        catch (TooLateException) when (revision != Revisions.Latest)
        {
            return await FindBeforeAsync(place, Revisions.Latest, blocks, cancellationToken);
        }

        return (before is null ? null : $"{directory}/{before.Name}", isThere);
    }

    /// <summary>Waits until something happens after a revision to the file before one's own.</summary>
    /// <returns>
    /// The revision at which it did, or a later one; and whether it was passed on by one before whom there was nobody.
    /// </returns>
    /// <exception cref="NotHeldException">Somebody has deleted or taken the own one.</exception>
    /// <exception cref="SessionExpiredException">It is gone, since its session is over.</exception>
    private async Task<(long Seen, bool IsPassedOn)> ChangeAfterAsync(
        string before, HeldFile own, long seen, CancellationToken cancellationToken)
    {
        bool isPassing = false;
        try
        {
            // One wait for both, so that what happened to the own file before the other was passed on is seen before.
            await foreach (FileEvent change in store.WatchAsync($"{before},{own.Path}", seen + 1, cancellationToken))
            {
                if (change.Path == own.Path)
                {
                    own.Session.ThrowIfLost();
                    throw new NotHeldException(own.Path);
                }

                if (!HeldFile.IsPassedOn(change))
                    return (change.Revision, isPassing && change.Kind == FileEventKind.Del);
                isPassing = true;
            }
        }
        catch (Exception exception) when (exception is TooLateException or FutureRevisionException)
        {
            // The line has to be read anew.
        }

        return (await store.RevisionAsync(cancellationToken: cancellationToken), false);
    }
}

namespace Doozer.Client.Recipes;

/// <summary>A place in the line of candidates. While it is the first, it has the file of the leader's value as well.</summary>
internal sealed class Candidacy(IDoozerNamespace store, Session session, string path, string leader)
    : HeldFile(store, session, path)
{
    /// <summary>Writes the leader's value, if the candidacy stands.</summary>
    /// <returns>The value's revision.</returns>
    public async Task<long> ProclaimAsync(ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        try
        {
            return await Store.TransactAsync(
                [Change.Check(Path, Revision), Change.Set(leader, value.ToArray(), session: Session.Id)],
                cancellationToken: cancellationToken);
        }
        catch (TransactionFailedException failed)
        {
            Session.ThrowIfLost();
            throw failed is { Change: 0, Reason: RevisionMismatchException } ? new NotHeldException(Path) : failed.Reason;
        }
    }

    /// <summary>Takes the value away with the place.</summary>
    /// <remarks>
    /// A value whose writing was given up may still come. As it is written only while the place is there, the one transaction
    /// deletes the place and the value, the other the place when there is no value: between them nothing is left.
    /// </remarks>
    protected override async Task DeleteAsync(CancellationToken cancellationToken)
    {
        while (!await TryAsync(Change.Del(leader), cancellationToken)
            && !await TryAsync(Change.Check(leader, Revisions.Missing), cancellationToken))
        {
            // It has come or gone between the two.
        }
    }

    private async Task<bool> TryAsync(Change ofLeader, CancellationToken cancellationToken)
    {
        try
        {
            await Store.TransactAsync([Change.Del(Path, Revision), ofLeader], cancellationToken: cancellationToken);
            return true;
        }
        catch (TransactionFailedException failed)
            when (failed.Reason is NotFoundException or RevisionMismatchException)
        {
            // Without a place there is nothing to do.
            return failed.Change == 0;
        }
    }
}

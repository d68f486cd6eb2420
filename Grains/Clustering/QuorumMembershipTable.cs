using System.Security.Cryptography;

namespace Doozer.Clustering;

/// <summary>
/// Orleans' membership table on a register that the peers hold: each change of the table is one change of the register, so it
/// happens as a whole or not at all.
/// </summary>
internal sealed partial class QuorumMembershipTable(
    ClusteringNode node, TimeProvider time, ILocalSiloDetails? silo = null) : IMembershipTable
{
    // A silo that has not written by then has stopped, or is so slow that the others need not wait for it.
    private static readonly TimeSpan TurnLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TurnPoll = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private readonly long _turn = NewChange();
    private volatile byte[] _last = [];
    private int _expectsWrite;

    /// <summary>
    /// Waits until there is a quorum, as long as the host is not stopped: in a cold start the first silo is there before the
    /// second.
    /// </summary>
    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken)
    {
        if (silo is not null)
            MembershipImage.RequireNoScope(silo.SiloAddress);
        MembershipImage read = await node.WaitForQuorum(cancellationToken);
        if (silo is null || silo.Name != node.Node)
            return;

        // Hardly ever is there anything to change, and all that start at once would get in each other's way.
        if (WithoutEarlierRuns(read) is not null)
            await Change(WithoutEarlierRuns, cancellationToken);

        MembershipImage? WithoutEarlierRuns(MembershipImage image) =>
            image.WithoutEarlierRuns(silo.Name, silo.SiloAddress, time.GetUtcNow().UtcDateTime, NewChange);
    }

    /// <summary>
    /// Tells that the silo will read the table once more and then write its own row. Silos that start at the same time would all
    /// read the same version, and Orleans lets those that lose the race for the next one wait for seconds: so that read waits for
    /// its turn.
    /// </summary>
    public void ExpectWrite() => Volatile.Write(ref _expectsWrite, 1);

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken)
    {
        bool writes = Interlocked.Exchange(ref _expectsWrite, 0) != 0;
        MembershipImage image = await ReadOrLast(cancellationToken);
        if ((writes || HasPredecessor(image)) && !node.IsStopping)
            image = await ReadInTurn(image, cancellationToken);
        return new MembershipTableData([.. image.Rows.Select(ToTuple)], ToVersion(image));
    }

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken)
    {
        MembershipImage image = await ReadOrLast(cancellationToken);
        return image.Find(key) is { } row
            ? new MembershipTableData(ToTuple(row), ToVersion(image))
            : new MembershipTableData(ToVersion(image));
    }

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) =>
        Write(entry, tableVersion, static row => row is null, cancellationToken);

    public Task<bool> UpdateRowAsync(
        MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) =>
        Write(entry, tableVersion, row => row?.Etag == etag, cancellationToken);

    /// <summary>Writes the time alone: neither the row's etag nor the table's version changes.</summary>
    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) => Change(
        image =>
        {
            if (image.Find(entry.SiloAddress) is not { } row)
                return null;
            row.Entry.IAmAliveTime = entry.IAmAliveTime;
            return image;
        },
        cancellationToken);

    /// <summary>
    /// Removes rows of silos that are dead and have been for long. A silo that has another status is not: one that joins for
    /// hours, or that stops slowly, would be out of the table and yet run.
    /// </summary>
    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) => Change(
        image =>
        {
            MembershipRow[] kept =
                [.. image.Rows.Where(row => row.Entry.Status != SiloStatus.Dead || row.LastUpdate.Ticks >= beforeDate.UtcTicks)];
            return kept.Length == image.Rows.Count ? null : image with { Rows = kept };
        },
        cancellationToken);

    /// <summary>Removes all rows. The version goes on, as silos that have seen it expect only higher ones.</summary>
    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken)
    {
        long change = NewChange();
        return clusterId == node.Cluster
            ? Change(image => image.Rows.Count == 0 ? null : image.Cleared(change), cancellationToken)
            : Task.CompletedTask;
    }

    /// <summary>The table as any quorum of the peers has it.</summary>
    public async Task<MembershipImage> ReadImage(CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> value = await node.Register.Read(cancellation);
        _last = value.ToArray();
        var image = MembershipImage.Decode(value);
        node.Nodes.Learn(image.Nodes);
        return image;
    }

    // A silo's first act is to write that the one before it at its address is dead.
    private bool HasPredecessor(MembershipImage image) =>
        silo is not null
            && image.Rows.Any(
                row => row.Entry.Status != SiloStatus.Dead && row.Entry.SiloAddress.IsPredecessorOf(silo.SiloAddress));

    /// <summary>
    /// Reads when no other silo is about to write. That is only a courtesy: who writes out of turn, or keeps the turn for too
    /// long, does no harm but to the time of a start.
    /// </summary>
    private async Task<MembershipImage> ReadInTurn(MembershipImage image, CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = Until(cancellationToken);
        long start = time.GetTimestamp();
        (long turn, long since) = (image.Turn, start);
        while (time.GetElapsedTime(start) < MaxWait)
        {
            if (image.Turn != turn)
                (turn, since) = (image.Turn, time.GetTimestamp());
            if (turn == 0 || turn == _turn || time.GetElapsedTime(since) > TurnLimit)
            {
                image = await TakeTurn(turn, either.Token);
                if (image.Turn == _turn)
                    break;
            }
            else
            {
                await Task.Delay(TurnPoll, time, either.Token);
                image = await ReadImage(either.Token);
            }
        }

        return image;
    }

    private Task<MembershipImage> TakeTurn(long from, CancellationToken cancellation) => node.Register.Change(
        value =>
        {
            var image = MembershipImage.Decode(value);
            if (image.Turn != from)
                return new RegisterChange<MembershipImage>(image, null);
            image = image with { Turn = _turn };
            return new RegisterChange<MembershipImage>(image, image.Encode());
        },
        cancellation);

    // A silo that stops tries for minutes to write that it does, and its process would not end. When all peers stop at once, the
    // last ones have no quorum to tell it to. They may take it for written: the others find out, as they do of a silo that was
    // killed.
    private bool IsFutile(Exception exception, CancellationToken caller)
    {
        if (!node.IsStopping || caller.IsCancellationRequested)
            return false;
        if (exception is ClusteringException)
            node.GiveUp();
        return exception is ClusteringException or OperationCanceledException;
    }

    private CancellationTokenSource Until(CancellationToken caller) =>
        CancellationTokenSource.CreateLinkedTokenSource(caller, node.GivenUp);

    private async Task<MembershipImage> ReadOrLast(CancellationToken caller)
    {
        using CancellationTokenSource either = Until(caller);
        try
        {
            return await ReadImage(either.Token);
        }
        catch (Exception exception) when (IsFutile(exception, caller))
        {
            return MembershipImage.Decode(_last);
        }
    }

    private async Task<bool> Write(
        MembershipEntry entry, TableVersion next, Func<MembershipRow?, bool> isExpected, CancellationToken caller)
    {
        using CancellationTokenSource either = Until(caller);
        try
        {
            return await TryWrite(entry, next, isExpected, either.Token);
        }
        catch (Exception exception)
            when (IsFutile(exception, caller)
                && entry.Status is (SiloStatus.ShuttingDown or SiloStatus.Stopping or SiloStatus.Dead))
        {
            return true;
        }
    }

    private Task<bool> TryWrite(
        MembershipEntry entry, TableVersion next, Func<MembershipRow?, bool> isExpected, CancellationToken cancellation)
    {
        long change = NewChange();
        bool mayHaveWon = false;
        return node.Register.Change(
            value =>
            {
                var image = MembershipImage.Decode(value);
                if (next.VersionEtag == image.Etag
                    && next.Version == image.Version + 1
                    && isExpected(image.Find(entry.SiloAddress)))
                {
                    mayHaveWon = true;
                    return new RegisterChange<bool>(true, image.With(entry, change).Encode());
                }

                // An attempt before this one may have been accepted without this node hearing of it: then the change has made the
                // version that it was to make, and to call it lost would have the silo do it again on top of itself.
                return new RegisterChange<bool>(mayHaveWon && Won(image, next.Version, change), null);
            },
            cancellation);
    }

    private static bool Won(MembershipImage image, int version, long change)
    {
        if (image.Version < version)
            return false;
        return image.ChangeOf(version) is { } winner
            ? winner == change
            : throw new ClusteringException($"The membership table went from version {version} to {image.Version} meanwhile; " +
                $"whether this change made version {version} cannot be known any more.");
    }

    /// <summary>Changes the table, if the function returns another one; it may be asked several times.</summary>
    public async Task<bool> Change(Func<MembershipImage, MembershipImage?> change, CancellationToken caller)
    {
        using CancellationTokenSource either = Until(caller);
        return await node.Register.Change(
            value => new RegisterChange<bool>(true, change(MembershipImage.Decode(value)) is { } next ? next.Encode() : null),
            either.Token);
    }

    private static Tuple<MembershipEntry, string> ToTuple(MembershipRow row) => Tuple.Create(row.Entry, row.Etag);

    private static TableVersion ToVersion(MembershipImage image) => new(image.Version, image.Etag);

    /// <summary>Names a change, so that it is known again.</summary>
    public static long NewChange() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
}

using System.Security.Cryptography;

namespace Doozer.Clustering;

/// <summary>
/// Orleans' membership table on a register that the peers hold: each change of the table is one change of the register, so it
/// happens as a whole or not at all.
/// </summary>
internal sealed class QuorumMembershipTable(
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
    public async Task InitializeMembershipTable(bool tryInitTableVersion)
    {
        MembershipImage read = await node.WaitForQuorum();
        if (silo is null || silo.Name != node.Node)
            return;

        // Hardly ever is there anything to change, and all that start at once would get in each other's way.
        if (WithoutEarlierRuns(read) is not null)
            await Change(WithoutEarlierRuns);

        MembershipImage? WithoutEarlierRuns(MembershipImage image) =>
            image.WithoutEarlierRuns(silo.Name, silo.SiloAddress, time.GetUtcNow().UtcDateTime, NewChange);
    }

    /// <summary>
    /// Tells that the silo will read the table once more and then write its own row. Silos that start at the same time would all
    /// read the same version, and Orleans lets those that lose the race for the next one wait for seconds: so that read waits for
    /// its turn.
    /// </summary>
    public void ExpectWrite() => Volatile.Write(ref _expectsWrite, 1);

    public async Task<MembershipTableData> ReadAll()
    {
        bool writes = Interlocked.Exchange(ref _expectsWrite, 0) != 0;
        MembershipImage image = await ReadOrLast();
        if ((writes || HasPredecessor(image)) && !node.IsStopping)
            image = await ReadInTurn(image);
        return new MembershipTableData([.. image.Rows.Select(ToTuple)], ToVersion(image));
    }

    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        MembershipImage image = await ReadOrLast();
        return image.Find(key) is { } row
            ? new MembershipTableData(ToTuple(row), ToVersion(image))
            : new MembershipTableData(ToVersion(image));
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        Write(entry, tableVersion, static row => row is null);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        Write(entry, tableVersion, row => row?.Etag == etag);

    /// <summary>Writes the time alone: neither the row's etag nor the table's version changes.</summary>
    public Task UpdateIAmAlive(MembershipEntry entry) => Change(image =>
    {
        if (image.Find(entry.SiloAddress) is not { } row)
            return null;
        row.Entry.IAmAliveTime = entry.IAmAliveTime;
        return image;
    });

    /// <summary>Removes rows of silos that are gone, also of those that died before they became active.</summary>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Change(image =>
    {
        MembershipRow[] kept =
            [.. image.Rows.Where(row => row.Entry.Status == SiloStatus.Active || row.LastUpdate.Ticks >= beforeDate.UtcTicks)];
        return kept.Length == image.Rows.Count ? null : image with { Rows = kept };
    });

    /// <summary>Removes all rows. The version goes on, as silos that have seen it expect only higher ones.</summary>
    public Task DeleteMembershipTableEntries(string clusterId)
    {
        long change = NewChange();
        return clusterId == node.Cluster
            ? Change(image => image.Rows.Count == 0 ? null : image.Cleared(change))
            : Task.CompletedTask;
    }

    /// <summary>The table as any quorum of the peers has it.</summary>
    public async Task<MembershipImage> ReadImage(CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> value = await node.Register.Read(cancellation);
        _last = value.ToArray();
        return MembershipImage.Decode(value);
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
    private async Task<MembershipImage> ReadInTurn(MembershipImage image)
    {
        long start = time.GetTimestamp();
        (long turn, long since) = (image.Turn, start);
        while (time.GetElapsedTime(start) < MaxWait)
        {
            if (image.Turn != turn)
                (turn, since) = (image.Turn, time.GetTimestamp());
            if (turn == 0 || turn == _turn || time.GetElapsedTime(since) > TurnLimit)
            {
                image = await TakeTurn(turn);
                if (image.Turn == _turn)
                    break;
            }
            else
            {
                await Task.Delay(TurnPoll, time, node.Stopping);
                image = await ReadImage(node.Stopping);
            }
        }

        return image;
    }

    private Task<MembershipImage> TakeTurn(long from) => node.Register.Change(
        value =>
        {
            var image = MembershipImage.Decode(value);
            if (image.Turn != from)
                return new RegisterChange<MembershipImage>(image, null);
            image = image with { Turn = _turn };
            return new RegisterChange<MembershipImage>(image, Encode(image));
        },
        node.Stopping);

    // A silo that stops tries for minutes to write that it does, and its process would not end. When all peers stop at once, the
    // last ones have no quorum to tell it to. They may take it for written: the others find out, as they do of a silo that was
    // killed.
    private bool IsFutile(Exception e) => node.IsStopping && e is (ClusteringException or OperationCanceledException);

    private async Task<MembershipImage> ReadOrLast()
    {
        try
        {
            return await ReadImage(node.Stopping);
        }
        catch (Exception exception) when (IsFutile(exception))
        {
            return MembershipImage.Decode(_last);
        }
    }

    private async Task<bool> Write(MembershipEntry entry, TableVersion next, Func<MembershipRow?, bool> isExpected)
    {
        try
        {
            return await TryWrite(entry, next, isExpected);
        }
        catch (Exception exception)
            when (IsFutile(exception) && entry.Status is (SiloStatus.ShuttingDown or SiloStatus.Stopping or SiloStatus.Dead))
        {
            return true;
        }
    }

    private Task<bool> TryWrite(MembershipEntry entry, TableVersion next, Func<MembershipRow?, bool> isExpected)
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
                    return new RegisterChange<bool>(true, Encode(image.With(entry, change)));
                }

                // An attempt before this one may have been accepted without this node hearing of it: then the change has made the
                // version that it was to make, and to call it lost would have the silo do it again on top of itself.
                return new RegisterChange<bool>(mayHaveWon && Won(image, next.Version, change), null);
            },
            node.Stopping);
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
    public Task<bool> Change(Func<MembershipImage, MembershipImage?> change) => node.Register.Change(
        value => new RegisterChange<bool>(true, change(MembershipImage.Decode(value)) is { } next ? Encode(next) : null),
        node.Stopping);

    private static byte[] Encode(MembershipImage image)
    {
        byte[] bytes = image.Encode();
        return bytes.Length <= RegisterState.MaxValueBytes ? bytes : throw new ClusteringException(
            $"The membership table is full: {image.Rows.Count} silos take {bytes.Length} bytes, and " +
            $"{RegisterState.MaxValueBytes} is the limit.");
    }

    private static Tuple<MembershipEntry, string> ToTuple(MembershipRow row) => Tuple.Create(row.Entry, row.Etag);

    private static TableVersion ToVersion(MembershipImage image) => new(image.Version, image.Etag);

    /// <summary>Names a change, so that it is known again.</summary>
    public static long NewChange() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
}

namespace Doozer.Clustering;

/// <summary>
/// The rules for silos whose end no active silo sees. Above all for a table whose active silos are all gone: only an active silo
/// declares another dead, and a silo that joins waits for all that are active, so those that join have to do it themselves.
/// </summary>
internal static class AbandonedTable
{
    /// <summary>The active silos that a silo at an address waits for when it joins.</summary>
    public static MembershipEntry[] ActiveBeside(this MembershipImage image, SiloAddress self) =>
    [
        .. image.Rows.Select(row => row.Entry)
            .Where(entry => entry.Status == SiloStatus.Active && !entry.SiloAddress.Endpoint.Equals(self.Endpoint)),
    ];

    /// <summary>
    /// Whether a silo's node has started again at another address. Nodes of one id do not run side by side, so the silo is gone,
    /// no matter what answers at its address.
    /// </summary>
    public static bool HasReturnedElsewhere(this MembershipImage image, MembershipEntry entry) => image.Rows.Any(row =>
        row.Entry.Status == SiloStatus.Joining
            && row.Entry.SiloName == entry.SiloName
            && !row.Entry.SiloAddress.Equals(entry.SiloAddress));

    /// <summary>
    /// The table after a node has come back: its silos at other addresses are dead, since nodes of one id do not run side by
    /// side. Nobody else would find that out of one that was killed while it joined, and its row would stand for a node that
    /// joins. The silo before it at its own address is Orleans' business, unless the clock was set back since: Orleans would
    /// think it the later one.
    /// </summary>
    /// <returns>Null when nothing changes.</returns>
    public static MembershipImage? WithoutEarlierRuns(
        this MembershipImage image, string node, SiloAddress self, DateTime now, Func<long> newChange)
    {
        MembershipImage next = image;
        foreach (MembershipEntry entry in image.Rows.Select(row => row.Entry))
        {
            if (entry.SiloName != node
                || entry.Status == SiloStatus.Dead
                || entry.SiloAddress.Equals(self)
                || entry.SiloAddress.IsPredecessorOf(self))
            {
                continue;
            }

            entry.Status = SiloStatus.Dead;
            entry.SuspectTimes = [Tuple.Create(self, now)];
            next = next.With(entry, newChange());
        }

        return next == image ? null : next;
    }

    /// <summary>
    /// The table after a joining silo has said that it reaches none of the active ones. Silos that a quorum of the peers cannot
    /// reach, all of them joining, are dead. One peer that is cut off cannot do it alone: the others are then not joining but
    /// active.
    /// </summary>
    /// <returns>
    /// Null when nothing changes: the silo does not join any more, has said so before, or another one has become active.
    /// </returns>
    public static MembershipImage? WithUnreached(
        this MembershipImage image, SiloAddress self, IReadOnlyCollection<SiloAddress> unreached, Func<string[], bool> isQuorum,
        DateTime now, Func<long> newChange)
    {
        if (image.Find(self) is not { Entry.Status: SiloStatus.Joining } own
            || !image.ActiveBeside(self).All(entry => unreached.Contains(entry.SiloAddress)))
        {
            return null;
        }

        MembershipRow said = own with { Unreached = [.. unreached.Take(MembershipImage.MaxUnreached)] };
        MembershipImage next = image with { Rows = [.. image.Rows.Select(row => row == own ? said : row)] };
        foreach (MembershipEntry entry in next.ActiveBeside(self))
        {
            MembershipEntry[] witnesses = [.. Witnesses(next, entry.SiloAddress)];
            if (!isQuorum([.. witnesses.Select(witness => witness.SiloName)]))
                continue;
            entry.Status = SiloStatus.Dead;
            entry.SuspectTimes = [.. witnesses.Select(witness => Tuple.Create(witness.SiloAddress, now))];
            next = next.With(entry, newChange());
        }

        return next.Version == image.Version && own.Unreached.SequenceEqual(said.Unreached) ? null : next;
    }

    // By name: what a silo said that has started anew since does not count twice.
    private static IEnumerable<MembershipEntry> Witnesses(MembershipImage image, SiloAddress silo) => image.Rows
        .Where(row => row.Entry.Status == SiloStatus.Joining && row.Unreached.Contains(silo))
        .Select(row => row.Entry)
        .DistinctBy(entry => entry.SiloName, StringComparer.Ordinal);
}

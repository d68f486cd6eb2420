namespace Doozer.Tree;

/// <summary>
/// Limits of one tree. All replicas of a tree must use the same <see cref="RequestLimit"/>: it decides results.
/// </summary>
internal sealed record TreeOptions
{
    /// <summary>How many of the newest revisions can be read and watched from (Doozer's default: 360,000).</summary>
    public int HistoryLimit { get; init; } = 360_000;

    /// <summary>
    /// Bytes of the newest revisions that can be read and watched from, paths and bodies included (default 256 MiB). The newest
    /// revision always can.
    /// </summary>
    public long HistoryBytes { get; init; } = 256 << 20;

    /// <summary>
    /// How many of the newest request ids are remembered with their results, at about 70 bytes each. One with a floor that is
    /// submitted again later is refused; one without is taken for a new one.
    /// </summary>
    public int RequestLimit { get; init; } = 1 << 20;

    /// <summary>
    /// The whole tree is kept at every Nth revision, N being this; one between is made again from fewer events than that. More
    /// costs time to read old revisions (about a microsecond an event), less costs memory (about 50 bytes times the tree's depth
    /// for every revision of a tree that is written all over).
    /// </summary>
    public int RootInterval { get; init; } = 1024;

    /// <summary>How many events one <see cref="VersionedTree.ReadEvents"/> looks at, so that it is soon done.</summary>
    public int ScanLimit { get; init; } = 10_000;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public void Validate()
    {
        Require(nameof(HistoryLimit), HistoryLimit, 1, 100_000_000);
        Require(nameof(HistoryBytes), HistoryBytes, 1, long.MaxValue);
        Require(nameof(RequestLimit), RequestLimit, 1, 1 << 24);
        Require(nameof(RootInterval), RootInterval, 1, 1 << 16);
        Require(nameof(ScanLimit), ScanLimit, 1, 1_000_000);
    }

    private static void Require(string name, long value, long least, long most)
    {
        if (value < least || value > most)
            throw new ArgumentException($"The option {name} is {value}; it must be from {least} to {most}.", name);
    }
}

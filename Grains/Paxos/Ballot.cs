namespace Doozer.Paxos;

/// <summary>
/// A proposer's attempt to lead. Ballots are ordered by round, then by node, so no two proposers ever share one:
/// that at most one batch is proposed for a slot at a ballot is what makes a vote at that ballot mean something.
/// </summary>
internal readonly record struct Ballot(long Round, string Node) : IComparable<Ballot>
{
    /// <summary>Largest round a peer may name, so that the next one can always be counted.</summary>
    public const long MaxRound = long.MaxValue / 2;

    /// <summary>Below every ballot a proposer can own.</summary>
    public static Ballot Zero => new(0, string.Empty);

    public int CompareTo(Ballot other)
    {
        int byRound = Round.CompareTo(other.Round);
        return byRound != 0 ? byRound : string.CompareOrdinal(Node, other.Node);
    }

    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Round}.{Node}";
}

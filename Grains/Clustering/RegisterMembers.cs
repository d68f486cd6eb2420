using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>
/// Whose acceptors hold the register: one quorum system, and while it is being changed the next one too. Stands in the value
/// itself, so that whoever reads the value knows whose word counts for it.
/// </summary>
/// <remarks>
/// <para>
/// Members change by joint consensus (Ongaro, "Consensus: Bridging Theory and Practice", 2014, 4.3), in two steps, each of them
/// one change of the register: O, then (O, N), then N. <see cref="RegisterRules"/> has its rules. Call a value chosen when
/// quorums of all systems in it have accepted it at one ballot. Then every ballot c above a chosen ballot b builds on b or on a
/// successor of it:
/// </para>
/// <para>
/// Suppose that c is the first that does not, that it builds on a, and that b is the first ballot chosen after a. Let x be the
/// last one chosen up to a. Then all that is proposed between x and c descends from x. There is a system S that all values from x
/// to b have: if x has O alone, S is O, since O goes only in the step from (O, N) to N, which takes a joint value that is chosen,
/// and none is between x and b. If x has (O, N), S is N: the next change can begin, but not end, before b. So a quorum of S has
/// accepted b, and c, which has counted the systems of a, has the promises of a quorum of S. These two meet, and the acceptor
/// that is in both has told c of b: a contradiction. It does not matter what c knew of the members before, nor whether a was
/// chosen: of all values that were met the one with the highest ballot counts.
/// </para>
/// </remarks>
internal sealed class RegisterMembers
{
    private RegisterMembers(long version, QuorumSystem current, QuorumSystem? next)
    {
        Version = version;
        Current = current;
        Next = next;
        Acceptors = next is null
            ? current.Acceptors
            : [.. current.Acceptors.Union(next.Acceptors, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>How many steps of changes there were: 0 for the members that the cluster began with.</summary>
    public long Version { get; }

    /// <summary>The acceptors, and the old ones while they change.</summary>
    public QuorumSystem Current { get; }

    /// <summary>Those that come after; null when no change is under way.</summary>
    public QuorumSystem? Next { get; }

    /// <summary>Ids of all of them, in ordinal order.</summary>
    public IReadOnlyList<string> Acceptors { get; }

    /// <summary>These acceptors, as the members that a cluster begins with.</summary>
    public static RegisterMembers Of(QuorumSystem quorums) => new(0, quorums, null);

    /// <summary>Whether the nodes are quorums for phase 1 of all the systems.</summary>
    public bool IsPhase1Quorum(IEnumerable<string> nodes) =>
        Current.IsPhase1Quorum(nodes) && (Next is null || Next.IsPhase1Quorum(nodes));

    /// <summary>Whether the nodes are quorums for phase 2 of all the systems.</summary>
    public bool IsPhase2Quorum(IEnumerable<string> nodes) =>
        Current.IsPhase2Quorum(nodes) && (Next is null || Next.IsPhase2Quorum(nodes));

    /// <summary>
    /// Whether what all the nodes hold can be read in one round: it is chosen, and nothing newer is, for the nodes meet every
    /// quorum that could have chosen it.
    /// </summary>
    public bool IsReadQuorum(IEnumerable<string> nodes) => IsPhase1Quorum(nodes) && IsPhase2Quorum(nodes);

    /// <summary>The first step of a change.</summary>
    public RegisterMembers Joint(QuorumSystem next) => new(Version + 1, Current, next);

    /// <summary>The last step of a change: the next acceptors alone, or these if there are no next ones.</summary>
    public RegisterMembers Alone(QuorumSystem next) => new(Version + 1, next, null);

    /// <summary>The value's members that are to be proposed after these by who wants others.</summary>
    /// <param name="wished">The acceptors that are wanted.</param>
    /// <param name="isChosen">Whether the value with these members is known to be chosen.</param>
    /// <param name="rules">The rules.</param>
    /// <returns>
    /// These themselves when there is no step to take: they are what was wished for, or a joint value that is not yet known to be
    /// chosen. A change of somebody else is finished before the own one begins.
    /// </returns>
    public RegisterMembers Toward(QuorumSystem wished, bool isChosen, RegisterRules rules)
    {
        if (Next is not null)
            return rules.MayFinish(isChosen) ? Alone(Next) : this;
        return Current.IsSameAs(wished) ? this : rules.Begin(this, wished);
    }

    /// <summary>Whether no change is under way and these acceptors are in force.</summary>
    public bool Are(QuorumSystem wished) => Next is null && Current.IsSameAs(wished);

    public bool IsSameAs(RegisterMembers other) =>
        Version == other.Version
            && Current.IsSameAs(other.Current)
            && (Next is null ? other.Next is null : other.Next is not null && Next.IsSameAs(other.Next));

    public override string ToString() => Next is null ? $"{Current}" : $"{Current} and {Next}";

    public void Write(BinaryWriter writer)
    {
        writer.Write(Version);
        Write(writer, Current);
        writer.Write(Next is not null);
        if (Next is not null)
            Write(writer, Next);
    }

    public static RegisterMembers Read(BinaryReader reader)
    {
        long version = reader.ReadInt64();
        QuorumSystem current = ReadQuorums(reader);
        return new RegisterMembers(version, current, reader.ReadBoolean() ? ReadQuorums(reader) : null);
    }

    private static void Write(BinaryWriter writer, QuorumSystem quorums)
    {
        writer.Write(quorums.Phase1);
        writer.Write(quorums.Phase2);
        writer.Write(quorums.Count);
        foreach (string acceptor in quorums.Acceptors)
            writer.Write(acceptor);
    }

    private static QuorumSystem ReadQuorums(BinaryReader reader)
    {
        int phase1 = reader.ReadInt32();
        int phase2 = reader.ReadInt32();
        string[] acceptors = new string[reader.ReadCount(QuorumSystem.MaxAcceptors)];
        for (int i = 0; i < acceptors.Length; i++)
            acceptors[i] = reader.ReadString();
        return new QuorumSystem(acceptors, phase1, phase2);
    }
}

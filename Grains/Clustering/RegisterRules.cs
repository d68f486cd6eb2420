using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>
/// The decisions that a change of the register's members rests on, each by its name, so that a test can break them one by one and
/// see that each break is noticed. Why they suffice is told at <see cref="RegisterMembers"/>.
/// </summary>
internal class RegisterRules
{
    /// <summary>The rules as they must be.</summary>
    public static RegisterRules Paxos { get; } = new();

    /// <summary>
    /// Whether the promises suffice to build on the value that was found, the one with the highest ballot in them. They must meet
    /// all quorums that may have chosen a successor of it, and those count its own members: not the ones that the proposer knew.
    /// </summary>
    public virtual bool IsPrepared(RegisterMembers found, IReadOnlySet<string> promised) => found.IsPhase1Quorum(promised);

    /// <summary>
    /// Whose acceptance chooses a value: while a change is under way quorums of the old list and of the new. So neither can go on
    /// without the other. That the last step is accepted by the old list as well is for those that know only that one: any
    /// quorum of it tells them of the next.
    /// </summary>
    /// <param name="found">Members of the value that was built on.</param>
    /// <param name="proposed">Members of the value that is proposed.</param>
    public virtual RegisterMembers Deciding(RegisterMembers found, RegisterMembers proposed) =>
        found.Next is null ? proposed : found;

    /// <summary>Whether a value is chosen that these nodes have accepted at one ballot.</summary>
    public virtual bool IsChosen(RegisterMembers deciding, IReadOnlySet<string> accepted) => deciding.IsPhase2Quorum(accepted);

    /// <summary>
    /// Whether these nodes, which hold one value at one ballot, suffice to read it. With those of the old list alone a value
    /// may be read that is not chosen, or that a newer one has followed.
    /// </summary>
    public virtual bool IsRead(RegisterMembers members, IReadOnlySet<string> holders) => members.IsReadQuorum(holders);

    /// <summary>
    /// The first step of a change: old and new list together. From the old one straight to the new one, each could choose a
    /// successor of the same value without the other.
    /// </summary>
    public virtual RegisterMembers Begin(RegisterMembers members, QuorumSystem next) => members.Joint(next);

    /// <summary>
    /// Whether the last step of a change may be proposed. Before the joint value is chosen the old list can still go on without
    /// the new one, and whoever found this step would build on it with the new one alone.
    /// </summary>
    public virtual bool MayFinish(bool isChosen) => isChosen;
}

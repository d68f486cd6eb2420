using Doozer.Clustering;
using Doozer.Paxos;

namespace Doozer.Tests.Clustering;

/// <summary>A deliberate bug in the change of the register's members.</summary>
public enum RegisterBug
{
    /// <summary>The old list alone promises and accepts while a change is under way.</summary>
    OldListChangesAlone,

    /// <summary>Promises of the old list alone suffice while a change is under way.</summary>
    OldListPromisesAlone,

    /// <summary>Acceptance by the old list alone suffices while a change is under way.</summary>
    OldListAcceptsAlone,

    /// <summary>The new list follows the old one at once.</summary>
    JointStepIsSkipped,

    /// <summary>The last step is proposed before the joint value is chosen.</summary>
    FinishesBeforeJointIsChosen,

    /// <summary>A read counts the old list only.</summary>
    ReadCountsOldList,
}

/// <summary>The register's rules with one of them broken.</summary>
internal sealed class BrokenRegisterRules(RegisterBug bug) : RegisterRules
{
    public override bool IsPrepared(RegisterMembers found, IReadOnlySet<string> promised) =>
        bug is RegisterBug.OldListChangesAlone or RegisterBug.OldListPromisesAlone
            ? found.Current.IsPhase1Quorum(promised)
            : base.IsPrepared(found, promised);

    public override bool IsChosen(RegisterMembers deciding, IReadOnlySet<string> accepted) =>
        bug is RegisterBug.OldListChangesAlone or RegisterBug.OldListAcceptsAlone
            ? deciding.Current.IsPhase2Quorum(accepted)
            : base.IsChosen(deciding, accepted);

    public override bool IsRead(RegisterMembers members, IReadOnlySet<string> holders) => bug == RegisterBug.ReadCountsOldList
        ? RegisterMembers.Of(members.Current).IsReadQuorum(holders)
        : base.IsRead(members, holders);

    public override RegisterMembers Begin(RegisterMembers members, QuorumSystem next) => bug == RegisterBug.JointStepIsSkipped
        ? members.Alone(next)
        : base.Begin(members, next);

    public override bool MayFinish(bool isChosen) =>
        bug == RegisterBug.FinishesBeforeJointIsChosen || base.MayFinish(isChosen);
}

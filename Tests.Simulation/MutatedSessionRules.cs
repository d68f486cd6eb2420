using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>The rules of sessions with one of them broken.</summary>
internal sealed class MutatedSessionRules(Mutation mutation) : SessionRules
{
    public override bool MustConfirm => mutation != Mutation.DeposedLeaderKeepsAlive;

    public override bool ForgetsWhenDeposed => mutation != Mutation.LeaderRemembersSessions;

    public override TimeSpan FirstLease(Session session) =>
        mutation == Mutation.NewLeaderDoesNotRenew ? session.Ttl / 10 : base.FirstLease(session);
}

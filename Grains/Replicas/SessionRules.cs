using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>The rules that sessions rest on, each in one place, so that the simulator can break it.</summary>
internal class SessionRules
{
    /// <summary>Whether a sign of life counts only when a quorum has confirmed that this replica leads.</summary>
    public virtual bool MustConfirm => true;

    /// <summary>Whether what a leader knew of sessions is worth nothing once it has been deposed.</summary>
    public virtual bool ForgetsWhenDeposed => true;

    /// <summary>How long a session lives, without a sign of life, from when a leader began to lead or it was opened.</summary>
    public virtual TimeSpan FirstLease(Session session) => session.Ttl;
}

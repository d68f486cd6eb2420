namespace Doozer.Paxos;

/// <summary>
/// Who has a vote on the slots beyond the chosen prefix: the acceptors of the configuration in force, and those of the next if
/// one is chosen. Slots that are further than alpha beyond the prefix may fall to others; nobody can open them yet.
/// </summary>
internal sealed class Electorates
{
    private readonly Peers _peers;
    private readonly ReplicaOptions _options;

    public Electorates(Configurations configurations, Peers peers, ReplicaOptions options)
    {
        _peers = peers;
        _options = options;
        Configurations = configurations;
        Current = Of(configurations.Current);
        Next = configurations.Next is { } next ? Of(next) : null;
    }

    public Configurations Configurations { get; private set; }

    public Electorate Current { get; private set; }

    public Electorate? Next { get; private set; }

    /// <summary>That of the last configuration that is chosen.</summary>
    public Electorate Newest => Next ?? Current;

    /// <summary>One more slot is chosen.</summary>
    /// <returns>Whether it changed the configurations.</returns>
    public bool OnChosen(SlotEntry entry)
    {
        Configurations after = Configurations.After(entry.Slot, entry.Batch, _options.Alpha, _options.Rules);
        if (ReferenceEquals(after, Configurations))
            return false;
        Configurations = after;
        return true;
    }

    /// <summary>A snapshot stands for a longer prefix.</summary>
    public void TakeOver(Configurations configurations) => Configurations = configurations;

    /// <summary>Looks anew who the acceptors are, after the configurations or the peers have changed.</summary>
    public void Refresh()
    {
        Current = Of(Configurations.Current);
        Next = Configurations.Next is { } next ? Of(next) : null;
    }

    /// <summary>Whose votes decide a slot, at most alpha beyond the chosen prefix.</summary>
    public Electorate For(long slot) => _options.Rules.Decides(slot, Current, Next);

    /// <summary>Whether it has a vote on any slot beyond the chosen prefix.</summary>
    public bool Contains(int place) => Current.Contains(place) || (Next?.Contains(place) ?? false);

    /// <summary>Whether a phase-1 quorum of each is in the set.</summary>
    public bool HavePhase1Quorums(AcceptorSet set) =>
        Current.IsPhase1Quorum(set) && (Next is null || Next.IsPhase1Quorum(set));

    /// <summary>Whether a phase-2 quorum of each is in the set.</summary>
    public bool HavePhase2Quorums(AcceptorSet set) =>
        Current.IsPhase2Quorum(set) && (Next is null || Next.IsPhase2Quorum(set));

    private Electorate Of(Configuration configuration)
    {
        AcceptorSet acceptors = AcceptorSet.None;
        if (_options.Rules.HasVote(_peers.Self, configuration))
            acceptors = acceptors.With(_peers.SelfPlace);
        foreach (Peer peer in _peers.Others)
        {
            if (_options.Rules.HasVote(peer.Node, configuration))
                acceptors = acceptors.With(peer.Place);
        }

        return new Electorate(configuration, acceptors);
    }
}

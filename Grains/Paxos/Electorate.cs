namespace Doozer.Paxos;

/// <summary>
/// A configuration, and the places of its acceptors among this replica's peers. Nobody else's word counts in it.
/// </summary>
internal sealed class Electorate(Configuration configuration, AcceptorSet acceptors)
{
    public Configuration Configuration => configuration;

    public bool Contains(int place) => acceptors.Contains(place);

    /// <summary>How many of its acceptors are in the set.</summary>
    public int Count(AcceptorSet set) => set.Among(acceptors).Count;

    public bool IsPhase1Quorum(AcceptorSet set) => Count(set) >= configuration.Quorums.Phase1;

    public bool IsPhase2Quorum(AcceptorSet set) => Count(set) >= configuration.Quorums.Phase2;
}

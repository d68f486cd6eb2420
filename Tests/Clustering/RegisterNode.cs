using Doozer.Clustering;
using Doozer.Paxos;

namespace Doozer.Tests.Clustering;

/// <summary>A node of <see cref="RegisterSimulation"/>.</summary>
internal sealed class RegisterNode(string id, RegisterMembers first)
{
    private Ballot _knownAt = Ballot.Zero;

    public string Id { get; } = id;

    public RegisterState State { get; set; } = RegisterState.Initial;

    /// <summary>Whom it asks at first.</summary>
    public RegisterMembers Known { get; private set; } = first;

    /// <summary>The last ballot of its own that was chosen.</summary>
    public Ballot Chosen { get; set; } = Ballot.Zero;

    public long Highest { get; set; }

    public int Life { get; private set; }

    /// <summary>
    /// The state is on disk before the answer leaves; a crash after that may lose the answer, in the network.
    /// </summary>
    public RegisterAnswer Handle(in RegisterRequest request)
    {
        (State, RegisterAnswer answer) = RegisterAcceptor.Handle(State, request);
        return answer;
    }

    public void Learn(Ballot ballot, RegisterMembers members)
    {
        if (ballot > _knownAt)
            (_knownAt, Known) = (ballot, members);
    }

    /// <summary>A node that does not keep what it knows asks those first that the cluster began with.</summary>
    public void Crash(RegisterMembers first, bool keepsKnown)
    {
        Life++;
        Highest = 0;
        Chosen = Ballot.Zero;
        if (!keepsKnown)
            (_knownAt, Known) = (Ballot.Zero, first);
    }
}

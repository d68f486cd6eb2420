using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>Who belongs to the group of this replica, and how its quorums change.</summary>
internal sealed partial class ReplicaDriver
{
    private readonly List<(QuorumSystem Wished, Ballot Ballot, TaskCompletionSource<bool> Answer)> _reconfigurations = [];

    /// <summary>Those after the slots that are applied, which a snapshot of them says.</summary>
    private Configurations _configurations;

    /// <summary>The newest that were told of.</summary>
    private Configurations _known;

    /// <summary>The nodes that belong to the group beside its acceptors, as it was told. Any thread.</summary>
    public IReadOnlyCollection<string> Members => _core.GivenMembers;

    /// <summary>How many acceptors the group should have, of the voters. All of them are <c>main</c>'s.</summary>
    public int Replicas { get; }

    /// <summary>Whether this replica votes, as far as it knows. Any thread.</summary>
    public bool HasVote => !_broken && _core.IsVoter;

    /// <summary>
    /// From now on these nodes belong to the group, beside the acceptors that its log says: they are sent the log. Any thread.
    /// </summary>
    /// <exception cref="ArgumentException">They are too many.</exception>
    public void SetMembers(IReadOnlyCollection<string> nodes)
    {
        if (nodes.Count > Paxos.Peers.MaxMembers)
            throw new ArgumentException($"A group has at most {Paxos.Peers.MaxMembers} members.", nameof(nodes));
        Post(() => _core.SetMembers(nodes));
    }

    /// <summary>
    /// If this replica leads, lets other quorums decide, and waits until they do: until they are in force, and a phase-2 quorum
    /// of the new acceptors has on disk all that those who are left out had chosen.
    /// </summary>
    /// <exception cref="InvalidArgumentException">There are no such quorums.</exception>
    /// <exception cref="NodeUnavailableException">The replica is broken.</exception>
    public async Task<ReconfigurationResult> Reconfigure(
        IReadOnlyList<string> acceptors, int electionQuorum, int writeQuorum, long? epoch)
    {
        if (Broken is { } broken)
            throw broken;
        QuorumSystem wished = QuorumsOf(acceptors, electionQuorum, writeQuorum);
        ReconfigureResult taken = ReconfigureResult.NotLeader;
        var behind = new List<string>();
        Drive(() => taken = _core.Reconfigure(wished, epoch, behind));
        if (taken != ReconfigureResult.Taken)
        {
            ReconfigurationStatus refusal = taken switch
            {
                ReconfigureResult.UnderWay => ReconfigurationStatus.UnderWay,
                ReconfigureResult.NotCaughtUp => ReconfigurationStatus.NotCaughtUp,
                ReconfigureResult.Outdated => ReconfigurationStatus.Outdated,
                _ => ReconfigurationStatus.NotLeader,
            };
            return Answer(refusal) with { Behind = [.. behind] };
        }

        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _reconfigurations.Add((wished, _core.Promised, answer));
        bool isKnown = await answer.Task.CompletesWithin(_options.RequestTimeout, _time);
        _reconfigurations.RemoveAll(waiting => waiting.Answer == answer);
        return Answer(isKnown && answer.Task.Result ? ReconfigurationStatus.Done : ReconfigurationStatus.Unknown);
    }

    private static QuorumSystem QuorumsOf(IReadOnlyList<string> acceptors, int electionQuorum, int writeQuorum)
    {
        foreach (string acceptor in acceptors)
        {
            if (!Names.IsNodeOrCluster(acceptor))
                throw new InvalidArgumentException(nameof(acceptors), $"'{acceptor}' is no node's id");
        }

        try
        {
            return new QuorumSystem(
                acceptors, electionQuorum == 0 ? null : electionQuorum, writeQuorum == 0 ? null : writeQuorum);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidArgumentException(nameof(acceptors), exception.Message);
        }
    }

    private ReconfigurationResult Answer(ReconfigurationStatus status) =>
        new(status, _core.Configurations.Newest.Epoch, LeaderOrEmpty, []);

    /// <summary>Tells operators of new quorums, and those who wished for some what came of it.</summary>
    private void FollowConfigurations()
    {
        Configurations now = _core.Configurations;
        if (now.Newest.Epoch > _known.Newest.Epoch)
        {
            Configuration newest = now.Newest;
            LogConfiguration(Namespace, newest.Epoch, newest.Quorums.ToString(), newest.FromSlot, _options.Node);
        }

        _known = now;
        for (int i = _reconfigurations.Count - 1; i >= 0; i--)
        {
            (QuorumSystem wished, Ballot ballot, TaskCompletionSource<bool> answer) = _reconfigurations[i];

            // Another leader may go on with it, or know nothing of it.
            bool isLost = _core.Role != Role.Leader || _core.Promised != ballot;
            if (!isLost && !(_core.IsSettled && _core.Quorums.IsSameAs(wished)))
                continue;
            answer.TrySetResult(!isLost);
            _reconfigurations.RemoveAt(i);
        }
    }

    private void EndReconfigurations()
    {
        foreach ((_, _, TaskCompletionSource<bool> answer) in _reconfigurations)
            answer.TrySetResult(false);
        _reconfigurations.Clear();
    }
}

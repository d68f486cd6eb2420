namespace Doozer.Paxos;

/// <summary>
/// The acceptors and how many of them make a phase-1 and a phase-2 quorum. Any sizes are safe as long as every phase-1
/// quorum meets every phase-2 quorum (Howard, Malkhi and Spiegelman, "Flexible Paxos", 2016).
/// </summary>
internal sealed class QuorumSystem
{
    /// <summary>Most acceptors: an <see cref="AcceptorSet"/> is one machine word.</summary>
    public const int MaxAcceptors = 64;

    private readonly string[] _acceptors;

    public QuorumSystem(IEnumerable<string> acceptors, int? phase1 = null, int? phase2 = null)
    {
        ArgumentNullException.ThrowIfNull(acceptors);
        _acceptors = [.. acceptors];
        Array.Sort(_acceptors, StringComparer.Ordinal);
        if (_acceptors.Length is 0 or > MaxAcceptors)
        {
            throw new ArgumentException(
                $"A quorum system needs 1 to {MaxAcceptors} acceptors, not {_acceptors.Length}.", nameof(acceptors));
        }

        for (int i = 0; i < _acceptors.Length; i++)
        {
            if (string.IsNullOrEmpty(_acceptors[i]))
                throw new ArgumentException("An acceptor needs a name.", nameof(acceptors));
            if (i > 0 && _acceptors[i] == _acceptors[i - 1])
                throw new ArgumentException($"Acceptor {_acceptors[i]} is named twice.", nameof(acceptors));
        }

        int majority = (_acceptors.Length / 2) + 1;
        Phase1 = phase1 ?? (phase2 is { } second ? _acceptors.Length - second + 1 : majority);
        Phase2 = phase2 ?? (phase1 is { } first ? _acceptors.Length - first + 1 : majority);
        CheckSize(Phase1, nameof(phase1));
        CheckSize(Phase2, nameof(phase2));
        if (Phase1 + Phase2 <= _acceptors.Length)
        {
            throw new ArgumentException(
                $"Phase-1 quorums of {Phase1} and phase-2 quorums of {Phase2} out of {_acceptors.Length} acceptors need not " +
                "meet; "
                + $"their sizes must add up to more than {_acceptors.Length}.",
                nameof(phase1));
        }
    }

    /// <summary>Node ids in ordinal order; an acceptor's index is its place here.</summary>
    public IReadOnlyList<string> Acceptors => _acceptors;

    public int Count => _acceptors.Length;

    public int Phase1 { get; }

    public int Phase2 { get; }

    /// <summary>The acceptor's index, or -1 when the node is none.</summary>
    public int IndexOf(string node)
    {
        for (int i = 0; i < _acceptors.Length; i++)
        {
            if (_acceptors[i] == node)
                return i;
        }

        return -1;
    }

    /// <summary>Whether both have the same acceptors and the same sizes.</summary>
    public bool IsSameAs(QuorumSystem other) =>
        Phase1 == other.Phase1 && Phase2 == other.Phase2 && _acceptors.AsSpan().SequenceEqual(other._acceptors);

    public bool IsPhase1Quorum(AcceptorSet set) => set.Count >= Phase1;

    public bool IsPhase2Quorum(AcceptorSet set) => set.Count >= Phase2;

    public bool IsPhase1Quorum(IEnumerable<string> nodes) => IsPhase1Quorum(SetOf(nodes));

    public bool IsPhase2Quorum(IEnumerable<string> nodes) => IsPhase2Quorum(SetOf(nodes));

    /// <summary>The acceptors among the nodes; others are no voters and are left out.</summary>
    public AcceptorSet SetOf(IEnumerable<string> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        AcceptorSet set = AcceptorSet.None;
        foreach (string node in nodes)
        {
            int index = IndexOf(node);
            if (index >= 0)
                set = set.With(index);
        }

        return set;
    }

    public override string ToString()
    {
        string names = string.Join(", ", _acceptors);
        return Phase1 == Phase2 ? $"{Phase2} of {names}" : $"{Phase1} to lead and {Phase2} to choose of {names}";
    }

    private void CheckSize(int size, string name)
    {
        if (size < 1 || size > _acceptors.Length)
            throw new ArgumentException($"A quorum of {size} out of {_acceptors.Length} acceptors is impossible.", name);
    }
}

namespace Doozer.Paxos;

internal enum Role
{
    Follower = 0,
    Candidate = 1,
    Leader = 2,
}

internal enum ProposeResult
{
    Queued = 0,
    NotLeader = 1,
    Busy = 2,
}

/// <summary>One peer as this replica knows it.</summary>
internal readonly record struct PeerView(string Node, bool Reachable, long ChosenThrough);

internal sealed class Replica(string self, QuorumSystem quorums, ReplicaOptions options, DurableState recovered, Random random)
{
    private readonly Output _pending = new();

    public string Self { get; } = self;

    public Role Role { get; private set; }

    public string? Leader { get; private set; }

    public Ballot Promised => recovered.Promised;

    public long ChosenThrough => recovered.Log.ChosenThrough;

    public QuorumSystem Quorums { get; } = quorums;

    public bool HasQuorum => random is not null && options is not null && Role == Role.Leader;

    public bool HasOutput => !_pending.IsEmpty;

    public PeerView PeerAt(int index) => new(Quorums.Acceptors[index], false, -1);

    public void Tick() => Role = Role.Follower;

    public void Receive(Message message) => Leader = message?.From;

    public void Persisted(long through) => Role = Role.Follower;

    public ProposeResult Propose(object token, ReadOnlyMemory<byte> commands, int count) => Leader is null ? ProposeResult.NotLeader : ProposeResult.Busy;

    public ProposeResult RequestRead(object token) => Leader is null ? ProposeResult.NotLeader : ProposeResult.Busy;

    public bool TransferLeadership(string? to = null) => Leader is null;

    public void TakeOutput(Output output) => _pending.MoveTo(output);
}

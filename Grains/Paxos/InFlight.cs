namespace Doozer.Paxos;

/// <summary>
/// A slot that a leader has opened and that is not chosen yet: its batch, the votes for it, and whom to send it to.
/// </summary>
internal sealed class InFlight(ReplicaOptions options)
{
    private long[] _dueAt = [];
    private int[] _wait = [];

    public long Slot { get; private set; }

    public Batch Batch { get; private set; }

    public Proposal[] Proposals { get; private set; } = [];

    public AcceptorSet Votes { get; set; }

    public AcceptorSet Sent { get; private set; }

    /// <summary>Whether the peer should be sent the Accept: for the first time, or again.</summary>
    public bool IsDue(int place, long now) =>
        !Votes.Contains(place) && (!Sent.Contains(place) || now >= _dueAt[place]);

    public void MarkSent(int place, long now)
    {
        if (place >= _wait.Length)
        {
            Array.Resize(ref _wait, place + 1);
            Array.Resize(ref _dueAt, place + 1);
        }

        _wait[place] = Sent.Contains(place)
            ? Math.Min(2 * _wait[place], options.ElectionTicks)
            : options.HeartbeatTicks;
        _dueAt[place] = now + _wait[place];
        Sent = Sent.With(place);
    }

    public void Reset(long slot, Batch batch, Proposal[] proposals)
    {
        Slot = slot;
        Batch = batch;
        Proposals = proposals;
        Votes = AcceptorSet.None;
        Sent = AcceptorSet.None;
    }
}

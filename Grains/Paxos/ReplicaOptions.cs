namespace Doozer.Paxos;

/// <summary>Timing in ticks and limits of a replica. All replicas of a group need the same <see cref="Alpha"/>.</summary>
internal sealed record ReplicaOptions
{
    /// <summary>
    /// Ticks between a leader's heartbeats; also how long it waits before it repeats what was not answered for the first time.
    /// </summary>
    public int HeartbeatTicks { get; init; } = 2;

    /// <summary>
    /// Shortest time without a leader before an election; the actual one is drawn anew each time, up to twice as long. Also
    /// how long a leader goes on without hearing a phase-2 quorum.
    /// </summary>
    public int ElectionTicks { get; init; } = 10;

    /// <summary>A leader that has had nothing to do for so many ticks lets its group go quiet; 0 for never.</summary>
    public int QuietTicks { get; init; } = 120;

    /// <summary>Most slots in flight, and how far past the chosen prefix a proposer may go.</summary>
    public int Alpha { get; init; } = 8;

    /// <summary>
    /// Slots opened for whatever is waiting. Beyond these (up to <see cref="Alpha"/>) a slot is opened only for a batch of
    /// <see cref="FullBatchBytes"/>, so that a crowd of small writers shares slots and their fsyncs.
    /// </summary>
    public int OpenSlots { get; init; } = 2;

    /// <summary>A batch worth a slot of its own although others are in flight.</summary>
    public int FullBatchBytes { get; init; } = 256 << 10;

    /// <summary>
    /// Largest batch, and so the largest single proposal. About as many bytes of records, and of messages, are put out at once.
    /// </summary>
    public int MaxBatchBytes { get; init; } = 4 << 20;

    /// <summary>
    /// While slots with so many bytes are in flight, a leader opens no other. Messages to a peer share one connection, and the
    /// heartbeats of other groups must not wait behind more than a slow network can carry in an election timeout.
    /// </summary>
    public int MaxBytesInFlight { get; init; } = 4 << 20;

    /// <summary>
    /// While so many bytes of records wait for the disk, a leader opens no slot and nobody takes an Accept or asks for chosen
    /// slots. The last one taken may go beyond it. Where replicas share a disk that is behind, any byte is so many.
    /// </summary>
    public int MaxUndurableBytes { get; init; } = 16 << 20;

    /// <summary>
    /// Chosen slots are kept in memory, for peers, until a snapshot stands for them, which is due when they take half of so many
    /// bytes. At so many no slot is opened and nobody takes an Accept or asks for chosen slots, until it is there.
    /// </summary>
    public long MaxLogBytes { get; init; } = 128 << 20;

    /// <summary>Proposals are refused as Busy beyond so many bytes waiting for a slot.</summary>
    public int MaxWaitingBytes { get; init; } = 64 << 20;

    /// <summary>Proposals are refused as Busy beyond so many commands waiting for a slot.</summary>
    public int MaxWaitingCommands { get; init; } = 100_000;

    /// <summary>Reads are refused as Busy beyond so many waiting for a confirmation.</summary>
    public int MaxWaitingReads { get; init; } = 100_000;

    /// <summary>A message with several slots ends once it reaches so many bytes; so do a tick's repeated Accepts.</summary>
    public int LearnChunkBytes { get; init; } = 1 << 20;

    /// <summary>What agreement rests on; only the simulator breaks any of it.</summary>
    public Rules Rules { get; init; } = Rules.Paxos;

    /// <summary>
    /// How far past its own chosen prefix an acceptor votes; a leader sends no peer anything beyond. It bounds what a slow
    /// peer is sent and what a promise has to tell.
    /// </summary>
    public int Window => 4 * Alpha;

    /// <summary>Bytes of slots before a snapshot that are kept for peers that are a little behind.</summary>
    public long KeptLogBytes => MaxLogBytes / 8;

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public void Validate()
    {
        Check(HeartbeatTicks, 1, 10_000, nameof(HeartbeatTicks));
        Check(ElectionTicks, 2 * HeartbeatTicks, 1_000_000, nameof(ElectionTicks));
        Check(QuietTicks, 0, 1_000_000, nameof(QuietTicks));
        Check(Alpha, 1, 1024, nameof(Alpha));
        Check(OpenSlots, 1, Alpha, nameof(OpenSlots));
        Check(MaxBatchBytes, 1, 1 << 30, nameof(MaxBatchBytes));
        Check(FullBatchBytes, 1, MaxBatchBytes, nameof(FullBatchBytes));
        Check(MaxBytesInFlight, 1, int.MaxValue, nameof(MaxBytesInFlight));
        Check(MaxUndurableBytes, 1, int.MaxValue, nameof(MaxUndurableBytes));
        Check(MaxLogBytes, 1, long.MaxValue, nameof(MaxLogBytes));
        Check(MaxWaitingBytes, MaxBatchBytes, int.MaxValue, nameof(MaxWaitingBytes));
        Check(MaxWaitingCommands, 1, int.MaxValue, nameof(MaxWaitingCommands));
        Check(MaxWaitingReads, 1, int.MaxValue, nameof(MaxWaitingReads));
        Check(LearnChunkBytes, 1, 1 << 30, nameof(LearnChunkBytes));
    }

    private static void Check(long value, long least, long most, string name)
    {
        if (value < least || value > most)
            throw new ArgumentException($"{name} is {value}; it must be from {least} to {most}.", name);
    }
}

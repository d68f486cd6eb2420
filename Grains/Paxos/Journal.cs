namespace Doozer.Paxos;

/// <summary>
/// Puts records and messages out in an order that keeps promises: what states a vote leaves only when the vote's record
/// is durable. An acceptor that answered first and then lost the record would break Paxos.
/// </summary>
internal sealed class Journal(string self, SlotLog log, Output output, ReplicaOptions options)
{
    /// <summary>Most answers that wait for the disk. Beyond it peers get none and ask again, as after a loss.</summary>
    private const int MaxHeld = 10_000;

    private readonly Queue<Held> _held = new();
    private readonly Queue<Message> _toSelf = new();

    /// <summary>Sizes of the records that are not durable yet, oldest first.</summary>
    private readonly Queue<int> _undurable = new();
    private long _undurableBytes;
    private long _appended;
    private long _appendedVote;
    private long _durable;
    private long _hinted;
    private long _chosenThrough;
    private long _entered;
    private long _enteredAt;

    /// <summary>The newest epoch of which the disk knows that it is in force.</summary>
    public long Epoch { get; private set; }

    /// <summary>Number of the newest promise or vote; durable when <see cref="Durable"/> has come so far.</summary>
    public long NewestVote => _appendedVote;

    /// <summary>Number of the newest record that is durable.</summary>
    public long Durable => _durable;

    /// <summary>Whether a hint waits for a record to ride with.</summary>
    public bool HasHint => _chosenThrough > _hinted;

    /// <summary>
    /// Whether so much waits for the disk, or for a snapshot, that no more should be taken on: it is all in memory, and a disk
    /// that is slower than the network would let it grow for ever.
    /// </summary>
    public bool IsFull =>
        _undurableBytes >= options.MaxUndurableBytes || (DiskIsBehind && _undurableBytes > 0) || WaitsForSnapshot;

    /// <summary>Whether so many chosen slots are in memory that a snapshot must stand for them before there are more.</summary>
    public bool WaitsForSnapshot => log.ChosenBytes >= options.MaxLogBytes;

    /// <summary>
    /// Set while too much waits for a disk that others write to as well. A journal with nothing under way is not full even then,
    /// since no completed write would tell it to go on.
    /// </summary>
    public bool DiskIsBehind { get; set; }

    public void Append(JournalRecord record)
    {
        output.Add(record);
        _appended++;

        // Nobody syncs for a hint alone, so counting one could keep the journal full with nothing under way to empty it.
        int size = record.MustSync ? record.Size : 0;
        _undurable.Enqueue(size);
        _undurableBytes += size;
        if (record.MustSync)
            _appendedVote = _appended;
    }

    /// <summary>Remembers to write the chosen prefix when something else is written, or a tick is due.</summary>
    public void HintChosen(long through) => _chosenThrough = through;

    /// <summary>The recovered prefix, which is in the log already.</summary>
    public void StartAt(long chosenThrough) => _hinted = _chosenThrough = chosenThrough;

    public void FlushHint()
    {
        if (!HasHint)
            return;
        _hinted = _chosenThrough;
        Append(new JournalRecord.ChosenHint(_hinted));
    }

    /// <summary>
    /// The chosen prefix has brought a configuration into force. Peers are told of that epoch, and those whom it leaves out may
    /// go, once that is durable: afterwards this replica must not need them to find it out again.
    /// </summary>
    public void Enter(long epoch)
    {
        _hinted = _chosenThrough;
        Append(new JournalRecord.ChosenHint(_hinted, BringsConfiguration: true));
        _entered = epoch;
        _enteredAt = _appended;
    }

    /// <summary>The epoch that recovery, or a durable snapshot, has brought into force.</summary>
    public void EnterDurably(long epoch) => (Epoch, _entered, _enteredAt) = (epoch, epoch, 0);

    /// <summary>Sends what states nothing that has to be durable.</summary>
    public void Send(string to, Message message)
    {
        if (to == self)
            _toSelf.Enqueue(message);
        else
            output.Add(to, message);
    }

    /// <summary>Sends once every promise and vote appended so far is durable.</summary>
    public void SendWhenDurable(string to, Message message)
    {
        if (_appendedVote <= _durable)
            Send(to, message);
        else if (_held.Count < MaxHeld || to == self)
            _held.Enqueue(new Held(_appendedVote, to, message));
    }

    public void Persisted(long through)
    {
        if (through > output.RecordsThrough)
        {
            throw new ArgumentOutOfRangeException(
                nameof(through), through, $"Only {output.RecordsThrough} records were put out.");
        }

        for (; _durable < through; _durable++)
            _undurableBytes -= _undurable.Dequeue();
        if (_durable >= _enteredAt)
            Epoch = _entered;
        while (_held.TryPeek(out Held held) && held.Through <= _durable)
        {
            _held.Dequeue();
            Send(held.To, held.Message);
        }
    }

    /// <summary>Takes the next answer of the replica's acceptor to its own proposer.</summary>
    public bool TryTakeOwn(out Message message) => _toSelf.TryDequeue(out message!);

    private readonly record struct Held(long Through, string To, Message Message);
}

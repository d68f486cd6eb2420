using Doozer.Paxos;

namespace Doozer.Tests.Paxos.Traces;

/// <summary>What a replica has written: records and a snapshot that a crash leaves, and records that it takes.</summary>
internal sealed class TraceDisk
{
    private readonly List<JournalRecord> _durable = [];
    private readonly List<JournalRecord> _underWay = [];

    /// <summary>Whether whatever is written is durable at once; otherwise when the scenario says so.</summary>
    public bool IsQuick { get; set; } = true;

    /// <summary>The slot that the snapshot ends with; 0 without one.</summary>
    public long SnapshotSlot { get; private set; }

    /// <summary>All commands through <see cref="SnapshotSlot"/>.</summary>
    public byte[] Snapshot { get; private set; } = [];

    public bool IsBusy => _underWay.Count > 0;

    public void Write(List<JournalRecord> records) => _underWay.AddRange(records);

    public void Flush()
    {
        _durable.AddRange(_underWay);
        _underWay.Clear();
    }

    /// <summary>What a crash leaves is what was durable.</summary>
    /// <returns>What it takes.</returns>
    public List<JournalRecord> Crash()
    {
        List<JournalRecord> lost = [.. _underWay];
        _underWay.Clear();
        return lost;
    }

    public void Keep(long slot, byte[] snapshot)
    {
        SnapshotSlot = slot;
        Snapshot = snapshot;
    }

    /// <summary>The log begins anew with these records.</summary>
    public void ReplaceLog(List<JournalRecord> records)
    {
        _durable.Clear();
        _durable.AddRange(records);
    }

    public DurableState Recover()
    {
        var state = new DurableState();
        state.StartAfter(SnapshotSlot);
        foreach (JournalRecord record in _durable)
            state.Replay(record);
        return state;
    }
}

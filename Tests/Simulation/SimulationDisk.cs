using Doozer.Paxos;
using Record = Doozer.Paxos.Record;

namespace Doozer.Tests.Simulation;

/// <summary>
/// A node's log. What is appended becomes durable when a sync that began later ends; a crash keeps the durable part and
/// perhaps some of what follows it, in order.
/// </summary>
internal sealed class SimulationDisk(SimulationClock clock, Random random)
{
    private readonly List<byte[]> _payloads = [];
    private readonly Dictionary<long, Batch> _durableBatches = [];
    private int _durable;
    private bool _syncing;
    private int _life;

    /// <summary>Shortest sync in milliseconds.</summary>
    public int MinSync { get; set; }

    /// <summary>Longest sync in milliseconds.</summary>
    public int MaxSync { get; set; } = 3;

    /// <summary>Whether the crash right after a lost promise must be survivable: the durable batch of a slot.</summary>
    public bool HoldsDurably(long slot, Batch batch) => _durableBatches.TryGetValue(slot, out var held) && held.SameAs(batch);

    public void Append(byte[] payload) => _payloads.Add(payload);

    /// <summary>Makes everything appended by now durable, sooner or later, and then says so.</summary>
    public void Sync(Action done)
    {
        var life = _life;
        var through = _payloads.Count;
        if (_syncing)
        {
            // One sync at a time, as a disk does: this one begins when that has ended.
            clock.Schedule(1, () =>
            {
                if (life == _life)
                    Sync(done);
            });
            return;
        }

        _syncing = true;
        clock.Schedule(random.Next(MinSync, MaxSync + 1), () =>
        {
            if (life != _life)
                return;
            _syncing = false;
            MakeDurable(through);
            done();
        });
    }

    public void Crash()
    {
        _life++;
        _syncing = false;
        MakeDurable(_durable + random.Next(_payloads.Count - _durable + 1));
        _payloads.RemoveRange(_durable, _payloads.Count - _durable);
    }

    public DurableState Recover()
    {
        var state = new DurableState();
        var records = new List<Record>();
        foreach (var payload in _payloads)
            RecordCodec.Decode(payload, records);
        foreach (var record in records)
            state.Replay(record);
        return state;
    }

    private void MakeDurable(int through)
    {
        var records = new List<Record>();
        for (; _durable < through; _durable++)
            RecordCodec.Decode(_payloads[_durable], records);
        foreach (var record in records)
        {
            if (record is Record.Accepted accepted)
                _durableBatches[accepted.Slot] = accepted.Batch;
        }
    }
}

using System.Runtime.InteropServices;
using Doozer.Paxos;
using static Doozer.Simulation.SimulationFailureException;

namespace Doozer.Simulation;

/// <summary>
/// Sees everything that replicas write, send and put out, and fails at the first contradiction. Of the protocol it knows only
/// what must hold whatever the protocol is: one batch for a slot at a ballot, one chosen batch for a slot, no word given that the
/// disk does not hold, and none taken back. And it knows by itself whose votes decide a slot.
/// </summary>
/// <param name="quorums">The quorums of the first slots.</param>
/// <param name="alpha">How many slots later new ones are in force.</param>
internal sealed class SafetyChecker(QuorumSystem quorums, int alpha)
{
    private readonly List<byte[]> _chosen = [];
    private readonly Dictionary<(long Slot, Ballot Ballot), byte[]> _proposed = [];
    private readonly Dictionary<string, DurableWord> _durable = new(StringComparer.Ordinal);
    private readonly List<Configuration> _configurations = [new Configuration(0, 1, quorums)];

    /// <summary>Highest slot anybody outside was told of, by an acknowledgement or by a read.</summary>
    public long Observed { get; private set; }

    public long Chosen => _chosen.Count;

    /// <summary>The last configuration that is chosen.</summary>
    public Configuration Newest => _configurations[^1];

    /// <summary>Hears of new quorums when the first replica knows that they are chosen: of those before, and the new.</summary>
    public Action<QuorumSystem, QuorumSystem>? Reconfigured { get; set; }

    /// <summary>Whether its acceptors decide the next slot.</summary>
    public bool NewestIsInForce => Newest.FromSlot <= Chosen + 1;

    public int Batches { get; private set; }

    public int Acknowledged { get; private set; }

    /// <summary>A replica gives its word to a peer.</summary>
    public void OnSent(string node, Message message, long chosenThrough)
    {
        DurableWord durable = WordOf(node);
        switch (message)
        {
            case Accept accept:
                OnProposed(node, accept.Slot, accept.Ballot, accept.Batch);
                break;
            case Promise promise:
                Require(
                    durable.Promised >= promise.Ballot,
                    $"{node} promised {promise.Ballot}, but its disk holds only {durable.Promised}");
                RequireAllVotes(node, promise, durable, chosenThrough);
                break;
            case Accepted accepted:
                // A slot that is chosen has its batch for good, whatever the ballot it was last accepted at.
                Require(
                    accepted.Slot <= durable.SnapshotThrough
                    || durable.Votes.TryGetValue(accepted.Slot, out Vote vote)
                        && (vote.Ballot >= accepted.Ballot || accepted.Slot <= chosenThrough),
                    $"{node} voted for slot {accepted.Slot} at {accepted.Ballot}, but that vote is not on its disk");
                break;
        }
    }

    /// <summary>A replica puts out a record to be written.</summary>
    public void OnRecord(string node, JournalRecord record)
    {
        if (record is JournalRecord.Vote accepted)
            OnProposed(node, accepted.Slot, accepted.Ballot, accepted.Batch);
    }

    /// <summary>Records have reached the disk.</summary>
    public void OnDurable(string node, IReadOnlyList<JournalRecord> records)
    {
        DurableWord durable = WordOf(node);
        foreach (JournalRecord record in records)
            durable.Add(record);
    }

    /// <summary>A snapshot of everything through the slot has reached the disk.</summary>
    public void OnSnapshot(string node, long slot) =>
        WordOf(node).SnapshotThrough = Math.Max(WordOf(node).SnapshotThrough, slot);

    /// <summary>A node has read its log: what had reached the disk must be there.</summary>
    public void OnRecovered(string node, DurableState recovered)
    {
        DurableWord durable = WordOf(node);
        Require(
            recovered.Promised >= durable.Promised,
            $"{node} forgot its promise of {durable.Promised}: after a restart it knows only {recovered.Promised}");
        foreach ((long slot, Vote vote) in durable.Votes)
        {
            if (slot < recovered.Log.First)
                continue;
            Require(
                recovered.Log.TryGet(slot, out SlotEntry entry) && (entry.Ballot > vote.Ballot || entry.Batch.SameAs(vote.Batch)),
                $"{node} forgot its vote for slot {slot} at {vote.Ballot} in a restart");
        }

        Require(
            recovered.Log.First > durable.SnapshotThrough,
            $"{node} lost its snapshot through slot {durable.SnapshotThrough}: after a restart its log begins with slot " +
            $"{recovered.Log.First}");

        // What it has read, it relies on; so from here on it counts as durable.
        durable.Promised = recovered.Promised;
        for (long slot = recovered.Log.First; slot <= recovered.Log.Last; slot++)
        {
            if (recovered.Log.TryGet(slot, out SlotEntry entry))
                durable.Votes[slot] = new Vote(entry.Ballot, entry.Batch);
        }
    }

    /// <summary>A replica put out a slot. <paramref name="expected"/> is the one after its last.</summary>
    public void OnChosen(string node, long expected, ChosenBatch chosen)
    {
        Require(chosen.Slot == expected, $"{node} put out slot {chosen.Slot} instead of {expected}");
        if (chosen.Slot <= _chosen.Count)
        {
            Require(
                chosen.Batch.Commands.Span.SequenceEqual(_chosen[(int)chosen.Slot - 1]),
                $"{node} has another batch chosen for slot {chosen.Slot} than others: {Story.Describe(chosen.Batch)}");
            return;
        }

        Require(chosen.Slot == _chosen.Count + 1, $"{node} put out slot {chosen.Slot}, but nobody put out the one before");
        RequireDurable(chosen.Slot, chosen.Batch, $"{node} has slot {chosen.Slot} chosen");
        _chosen.Add(chosen.Batch.Commands.ToArray());
        if (chosen.Batch.IsReconfiguration)
            OnReconfiguration(chosen.Slot, Reconfiguration.Read(chosen.Batch));
        Batches += chosen.Batch.Count > 0 ? 1 : 0;
    }

    /// <summary>A client is told that its write is done.</summary>
    public void OnAcknowledged(string node, long slot, Batch batch)
    {
        RequireDurable(slot, batch, $"{node} acknowledged slot {slot}");
        Observe(slot);
        Acknowledged++;
    }

    /// <summary>Somebody outside knows of the slot.</summary>
    public void Observe(long slot) => Observed = Math.Max(Observed, slot);

    // A promise that leaves out a vote lets its candidate propose another batch where one may be chosen.
    // What it has learned to be chosen since it made the promise is no vote, and what is chosen needs no telling.
    private static void RequireAllVotes(string node, Promise promise, DurableWord durable, long chosenThrough)
    {
        foreach ((long slot, Vote vote) in durable.Votes)
        {
            if (slot <= chosenThrough || slot < promise.FromSlot || slot > promise.Through || vote.Ballot >= promise.Ballot)
                continue;
            Require(
                Array.Exists(promise.Entries, entry => entry.Slot == slot && entry.Ballot >= vote.Ballot),
                $"{node} promised {promise.Ballot} and left out its vote for slot {slot} at {vote.Ballot}");
        }
    }

    private void OnProposed(string node, long slot, Ballot ballot, Batch batch)
    {
        if (_proposed.TryGetValue((slot, ballot), out byte[]? known))
        {
            Require(
                batch.Commands.Span.SequenceEqual(known),
                $"{node} has another batch for slot {slot} at {ballot} than there was before");
        }
        else
        {
            _proposed.Add((slot, ballot), batch.Commands.ToArray());
        }
    }

    private void OnReconfiguration(long slot, Reconfiguration change)
    {
        if (slot >= Newest.FromSlot && change.Epoch == Newest.Epoch + 1)
        {
            Configuration before = Newest;
            _configurations.Add(new Configuration(change.Epoch, slot + alpha, change.Quorums));
            Reconfigured?.Invoke(before.Quorums, change.Quorums);
        }
    }

    private void RequireDurable(long slot, Batch batch, string what)
    {
        QuorumSystem deciding = _configurations.FindLast(configuration => configuration.FromSlot <= slot)!.Quorums;
        int count = deciding.Acceptors.Count(
            node => WordOf(node).Votes.TryGetValue(slot, out Vote vote) && vote.Batch.SameAs(batch));
        Require(count >= deciding.Phase2, $"{what}, which is on {count} disks only of {deciding}");
    }

    private DurableWord WordOf(string node)
    {
        if (!_durable.TryGetValue(node, out DurableWord? durable))
            _durable.Add(node, durable = new DurableWord());
        return durable;
    }

    /// <summary>What a node has on its disk.</summary>
    private sealed class DurableWord
    {
        public Ballot Promised { get; set; } = Ballot.Zero;

        public Dictionary<long, Vote> Votes { get; } = [];

        public long SnapshotThrough { get; set; }

        public void Add(JournalRecord record)
        {
            switch (record)
            {
                case JournalRecord.Promise promised:
                    Promise(promised.Ballot);
                    break;
                case JournalRecord.Vote accepted:
                    Promise(accepted.Ballot);
                    Votes[accepted.Slot] = new Vote(accepted.Ballot, accepted.Batch);
                    break;
            }
        }

        private void Promise(Ballot ballot)
        {
            if (ballot > Promised)
                Promised = ballot;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Vote(Ballot Ballot, Batch Batch);
}

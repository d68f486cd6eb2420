using System.Buffers.Binary;
using Doozer.Paxos;

namespace Doozer.Tests.Simulation;

/// <summary>
/// Sees everything that replicas put out and clients are told, and fails at the first contradiction. It knows nothing of
/// ballots or quorums but how many disks a chosen batch must be on.
/// </summary>
internal sealed class SafetyChecker(Func<long, Batch, int> countDurable, int phase2)
{
    private readonly List<byte[]> _chosen = [];
    private readonly Dictionary<long, long> _slotOfCommand = [];
    private readonly Dictionary<long, long> _acknowledged = [];
    private readonly HashSet<long> _neverProposed = [];

    /// <summary>Highest slot anybody outside was told of, by an acknowledgement or by a read.</summary>
    public long Observed { get; private set; }

    public long Chosen => _chosen.Count;

    public int Acknowledged => _acknowledged.Count;

    public int Reads { get; private set; }

    public int Batches { get; private set; }

    /// <summary>A replica put out a slot. <paramref name="expected"/> is the one after its last.</summary>
    public void OnChosen(string node, long expected, ChosenBatch chosen)
    {
        Require(chosen.Slot == expected, $"{node} put out slot {chosen.Slot} instead of {expected}");
        if (chosen.Slot <= _chosen.Count)
        {
            Require(
                chosen.Batch.Commands.Span.SequenceEqual(_chosen[(int)chosen.Slot - 1]),
                $"{node} chose {Describe(chosen.Batch)} for slot {chosen.Slot}, others something else");
            return;
        }

        Require(chosen.Slot == _chosen.Count + 1, $"{node} put out slot {chosen.Slot}, but nobody put out the one before");
        _chosen.Add(chosen.Batch.Commands.ToArray());
        Batches += chosen.Batch.Count > 0 ? 1 : 0;
        foreach (var command in chosen.Batch)
        {
            var id = IdOf(command);
            Require(_slotOfCommand.TryAdd(id, chosen.Slot), $"command {id} is chosen twice, for slot {chosen.Slot}");
            Require(!_neverProposed.Contains(id), $"command {id} is chosen, but its proposer said that it was never proposed");
        }
    }

    /// <summary>A client is told that its commands, the ones from <paramref name="first"/> on, are done.</summary>
    public void OnAcknowledged(string node, ChosenBatch chosen, int first, long[] commands)
    {
        var position = 0;
        var matched = 0;
        foreach (var command in chosen.Batch)
        {
            if (position >= first && matched < commands.Length && IdOf(command) == commands[matched])
                matched++;
            position++;
        }

        Require(matched == commands.Length, $"{node} acknowledged commands that are not in slot {chosen.Slot}");
        var durable = countDurable(chosen.Slot, chosen.Batch);
        Require(durable >= phase2, $"{node} acknowledged slot {chosen.Slot}, which is on {durable} disks only");
        foreach (var id in commands)
            Require(_acknowledged.TryAdd(id, chosen.Slot), $"command {id} was acknowledged twice");
        Observed = Math.Max(Observed, chosen.Slot);
    }

    public void OnNeverProposed(long[] commands)
    {
        foreach (var id in commands)
        {
            Require(!_slotOfCommand.ContainsKey(id), $"command {id} is chosen, but its proposer said that it was never proposed");
            _neverProposed.Add(id);
        }
    }

    /// <summary>A read that began when <paramref name="observedBefore"/> was known is answered from a slot.</summary>
    public void OnRead(string node, long observedBefore, long applied)
    {
        Require(applied >= observedBefore, $"{node} answered a read at slot {applied}; before it began, slot {observedBefore} was known");
        Observed = Math.Max(Observed, applied);
        Reads++;
    }

    public static byte[] Command(long id)
    {
        var command = new byte[8 + (id % 7)];
        BinaryPrimitives.WriteInt64LittleEndian(command, id);
        return command;
    }

    private static long IdOf(ReadOnlyMemory<byte> command) => BinaryPrimitives.ReadInt64LittleEndian(command.Span);

    private static string Describe(Batch batch) => $"a batch of {batch.Count} commands";

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new SimulationFailureException(otherwise);
    }
}

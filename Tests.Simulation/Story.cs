using System.Buffers.Binary;
using Doozer.Paxos;
using Doozer.Storage;

namespace Doozer.Simulation;

/// <summary>
/// What happens in a run, as a person would tell it, and as one number by which two runs are known to be the same. Telling costs
/// time, so it is done only when somebody listens; the number is always made.
/// </summary>
internal sealed class Story(SimulationClock clock, Action<string>? teller)
{
    private const int LastLines = 300;

    private readonly Queue<string> _last = new();
    private uint _digest = Crc32C.Seed;

    /// <summary>Whether anybody listens: whoever makes a line should ask first.</summary>
    public bool IsTold => teller is not null;

    public uint Digest => ~_digest;

    public string Last => string.Join('\n', _last);

    public void Tell(string line)
    {
        if (teller is null)
            return;
        line = $"{clock.Now / 1000,6}.{clock.Now % 1000:000} {line}";
        _last.Enqueue(line);
        if (_last.Count > LastLines)
            _last.Dequeue();
        teller(line);
    }

    /// <summary>Makes an event part of the number.</summary>
    public void Mark(ReadOnlySpan<byte> what)
    {
        Span<byte> now = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(now, clock.Now);
        _digest = Crc32C.Update(Crc32C.Update(_digest, now), what);
    }

    public void Mark(long what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, what);
        Mark(bytes);
    }

    public static string Describe(Message message) => message switch
    {
        Accept accept =>
            $"Accept {accept.Ballot} slot {accept.Slot}: {Describe(accept.Batch)}, chosen through {accept.ChosenThrough}",
        Accepted accepted => $"Accepted {accepted.Ballot} slot {accepted.Slot}, chosen through {accepted.ChosenThrough}",
        Prepare prepare => $"Prepare {prepare.Ballot} from slot {prepare.FromSlot}",
        Promise promise =>
            $"Promise {promise.Ballot} from slot {promise.FromSlot}: [{Describe(promise.Entries)}], chosen through " +
            $"{promise.ChosenThrough}"
            + (promise.Through == long.MaxValue ? "" : $", told through {promise.Through}"),
        Rejected rejected => $"Rejected {rejected.Ballot}: {rejected.Promised} is promised",
        Heartbeat heartbeat => $"Heartbeat {heartbeat.Ballot} round {heartbeat.Round}, chosen through {heartbeat.ChosenThrough}",
        HeartbeatAck ack => $"HeartbeatAck {ack.Ballot} round {ack.Round}, chosen through {ack.ChosenThrough}",
        Chosen chosen => $"Chosen {chosen.Ballot} through {chosen.Through}",
        LearnRequest request => $"LearnRequest from slot {request.FromSlot}",
        LearnReply reply => $"LearnReply [{Describe(reply.Entries)}], chosen through {reply.ChosenThrough}",
        PreVote preVote => $"PreVote {preVote.Attempt}, chosen through {preVote.ChosenThrough}",
        PreVoteReply reply =>
            $"PreVoteReply {reply.Attempt}: {(reply.Granted ? "yes" : "no")}, promised {reply.Promised}, chosen through " +
            $"{reply.ChosenThrough}",
        _ => message.ToString(),
    };

    public static string Describe(Batch batch) =>
        batch.IsReconfiguration ? $"epoch {Reconfiguration.Read(batch).Epoch}: {Reconfiguration.Read(batch).Quorums}"
        : batch.Count == 0 ? "nothing" : $"{batch.Count} commands ({batch.Commands.Length} bytes)";

    private static string Describe(SlotEntry[] entries) =>
        string.Join(", ", entries.Select(entry => $"{entry.Slot} at {entry.Ballot} {Describe(entry.Batch)}"));
}

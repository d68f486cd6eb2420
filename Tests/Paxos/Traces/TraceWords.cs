using System.Text;
using Doozer.Paxos;

namespace Doozer.Tests.Paxos.Traces;

/// <summary>Messages, records and batches in words.</summary>
internal static class TraceWords
{
    public static string Of(Message message) => message switch
    {
        PreVote preVote => $"PreVote ({Chosen(preVote.ChosenThrough)})",
        PreVoteReply { Granted: true } reply => $"PreVoteReply: yes ({Promised(reply.Promised)}; {Chosen(reply.ChosenThrough)})",
        PreVoteReply reply => $"PreVoteReply: no ({Promised(reply.Promised)}; {Chosen(reply.ChosenThrough)})",
        Prepare prepare => $"Prepare {prepare.Ballot} from slot {prepare.FromSlot} on",
        Promise promise => $"Promise {promise.Ballot}, has accepted: {Of(promise.Entries)} ({Chosen(promise.ChosenThrough)})",
        Accept accept => $"Accept {accept.Ballot} slot {accept.Slot}: {Of(accept.Batch)} ({Chosen(accept.ChosenThrough)})",
        Accepted accepted => $"Accepted {accepted.Ballot} slot {accepted.Slot} ({Chosen(accepted.ChosenThrough)})",
        Rejected rejected => $"Rejected {rejected.Ballot} ({Promised(rejected.Promised)})",
        Heartbeat heartbeat => $"Heartbeat {heartbeat.Ballot} round {heartbeat.Round} ({Chosen(heartbeat.ChosenThrough)})",
        HeartbeatAck ack => $"HeartbeatAck {ack.Ballot} round {ack.Round} ({Chosen(ack.ChosenThrough)})",
        Chosen chosen => $"Chosen {chosen.Ballot} ({Chosen(chosen.Through)})",
        Quiet quiet => $"Quiet {quiet.Ballot} ({Chosen(quiet.ChosenThrough)})",
        LearnRequest request => $"LearnRequest from slot {request.FromSlot} on",
        LearnReply reply => $"LearnReply: {Of(reply.Entries)} ({Chosen(reply.ChosenThrough)})",
        SnapshotOffer offer => $"SnapshotOffer: one that ends with slot {offer.Slot} ({Chosen(offer.ChosenThrough)})",
        SnapshotRequest { Slot: 0 } => "SnapshotRequest: whichever there is, from its first byte on",
        SnapshotRequest request => $"SnapshotRequest: the one of slot {request.Slot}, from byte {request.Offset} on",
        SnapshotChunk chunk => $"SnapshotChunk: the one of slot {chunk.Slot}, {Of(chunk)}",
        TransferLeadership transfer => $"TransferLeadership {transfer.Ballot}",
        _ => throw new ArgumentException($"A trace has no words for {message.GetType().Name}.", nameof(message)),
    };

    public static string Of(JournalRecord record) => record switch
    {
        JournalRecord.Promise promise => $"promise {promise.Ballot}",
        JournalRecord.Vote vote => $"vote {Of(new SlotEntry(vote.Slot, vote.Ballot, vote.Batch))}",
        JournalRecord.ChosenHint hint => $"hint ({Chosen(hint.Through)})",
        _ => throw new ArgumentException($"A trace has no words for {record.GetType().Name}.", nameof(record)),
    };

    public static string Of(Batch batch)
    {
        if (batch.IsReconfiguration)
            return $"[epoch {Reconfiguration.Read(batch).Epoch}: {Reconfiguration.Read(batch).Quorums}]";
        return batch.Count == 0 ? "nothing" : string.Join(" + ", CommandsOf(batch));
    }

    public static string Promised(Ballot ballot) => $"promised: {(ballot == Ballot.Zero ? "none" : ballot)}";

    public static string Of(SnapshotChunk chunk) =>
        $"bytes {chunk.Offset} to {chunk.Offset + chunk.Bytes.Length - 1} of {chunk.Length}";

    public static List<string> CommandsOf(Batch batch)
    {
        var commands = new List<string>();
        foreach (ReadOnlyMemory<byte> command in batch)
            commands.Add(Encoding.UTF8.GetString(command.Span));
        return commands;
    }

    public static string Chosen(long through) => through switch
    {
        0 => "chosen: none",
        1 => "chosen: 1",
        _ => $"chosen: 1-{through}",
    };

    private static string Of(SlotEntry[] entries) => entries.Length == 0 ? "nothing" : string.Join(", ", entries.Select(Of));

    private static string Of(SlotEntry entry) => $"{entry.Ballot} slot {entry.Slot}: {Of(entry.Batch)}";
}

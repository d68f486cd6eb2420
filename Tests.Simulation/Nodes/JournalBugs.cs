using Doozer.Paxos;

namespace Doozer.Simulation;

/// <summary>Deliberate bugs of what replicas write to their logs.</summary>
internal static class JournalBugs
{
    /// <summary>A payload as it is found again in a restart.</summary>
    public static ReadOnlyMemory<byte> Recovered(Mutation mutation, string group, ReadOnlyMemory<byte> payload)
    {
        if (mutation != Mutation.PromiseIsNotWritten || group[0] == '@')
            return payload;
        var records = new List<JournalRecord>();
        JournalCodec.Decode(payload, records);
        records.RemoveAll(record => record is JournalRecord.Promise);
        return JournalCodec.Encode(records);
    }
}

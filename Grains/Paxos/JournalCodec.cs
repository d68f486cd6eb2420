namespace Doozer.Paxos;

/// <summary>Records as one opaque payload of the write-ahead log.</summary>
internal static class JournalCodec
{
    private const byte Version = 2;
    private const byte FirstVersion = 1;

    private enum Kind : byte
    {
        Promised = 1,
        Accepted = 2,
        Chosen = 3,
    }

    public static byte[] Encode(IReadOnlyList<JournalRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        var counter = new WireWriter(null);
        Write(ref counter, records);
        byte[] payload = new byte[counter.Position];
        var writer = new WireWriter(payload);
        Write(ref writer, records);
        return payload;
    }

    /// <summary>Adds the payload's records to the list; their batches are slices of it.</summary>
    /// <exception cref="InvalidDataException">The payload is not one that <see cref="Encode"/> made.</exception>
    public static void Decode(ReadOnlyMemory<byte> payload, List<JournalRecord> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        var reader = new WireReader(payload, "A payload of Paxos records");
        if (reader.Byte() is var version && version is < FirstVersion or > Version)
            throw reader.Malformed($"it has version {version}, and this program knows versions {FirstVersion} to {Version}");
        while (!reader.AtEnd)
        {
            into.Add((Kind)reader.Byte() switch
            {
                Kind.Promised => new JournalRecord.Promise(reader.Ballot()),
                Kind.Accepted => new JournalRecord.Vote(reader.Slot(), reader.Ballot(), reader.Batch()),
                Kind.Chosen => new JournalRecord.ChosenHint(reader.Number()),
                var kind => throw reader.Malformed($"there is no record of kind {(byte)kind}"),
            });
        }
    }

    /// <summary>The oldest that says all: an older program must not take a change of the quorums for a damaged batch.</summary>
    private static byte VersionOf(IReadOnlyList<JournalRecord> records)
    {
        for (int i = 0; i < records.Count; i++)
        {
            if (records[i] is JournalRecord.Vote { Batch.IsReconfiguration: true })
                return Version;
        }

        return FirstVersion;
    }

    private static void Write(ref WireWriter writer, IReadOnlyList<JournalRecord> records)
    {
        writer.Byte(VersionOf(records));
        for (int i = 0; i < records.Count; i++)
        {
            switch (records[i])
            {
                case JournalRecord.Promise promised:
                    writer.Byte((byte)Kind.Promised);
                    writer.Ballot(promised.Ballot);
                    break;
                case JournalRecord.Vote accepted:
                    writer.Byte((byte)Kind.Accepted);
                    writer.Number(accepted.Slot);
                    writer.Ballot(accepted.Ballot);
                    writer.Batch(accepted.Batch);
                    break;
                case JournalRecord.ChosenHint chosen:
                    writer.Byte((byte)Kind.Chosen);
                    writer.Number(chosen.Through);
                    break;
                default:
                    throw new ArgumentException($"There is no encoding for {records[i].GetType().Name}.", nameof(records));
            }
        }
    }
}

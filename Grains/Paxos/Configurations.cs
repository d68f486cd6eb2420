namespace Doozer.Paxos;

/// <summary>
/// The configurations that decide the slots beyond a prefix of the log: the one in force for the first of them, and the next if
/// one is chosen already. They follow from that prefix alone, so they are the same on all replicas that know it.
/// </summary>
/// <param name="Current">In force for the slot after the prefix.</param>
/// <param name="Next">Chosen in the prefix, and in force only from a slot further on; null when there is none.</param>
internal sealed record Configurations(Configuration Current, Configuration? Next)
{
    private const byte Version = 1;

    /// <summary>The last that is chosen.</summary>
    public Configuration Newest => Next ?? Current;

    /// <summary>What a group begins with, before its first slot.</summary>
    public static Configurations Initial(QuorumSystem quorums) => new(new Configuration(0, 1, quorums), null);

    /// <summary>The configurations once one more slot is chosen.</summary>
    public Configurations After(long slot, Batch batch, int alpha, Rules rules)
    {
        if (Next is null && !batch.IsReconfiguration)
            return this;
        Configuration current = Current;
        Configuration? next = Next;
        if (batch.IsReconfiguration)
        {
            // One at a time, and only the one after the last: another was made for quorums that are no more.
            var change = Reconfiguration.Read(batch);
            if (next is null && change.Epoch == current.Epoch + 1)
                next = new Configuration(change.Epoch, rules.InForceFrom(slot, alpha), change.Quorums);
        }

        if (next?.FromSlot <= slot + 1)
            (current, next) = (next, null);
        return (current, next) == (Current, Next) ? this : new Configurations(current, next);
    }

    /// <summary>As a snapshot holds them: version, whether there is a next, and each: epoch, first slot, quorums.</summary>
    public byte[] Encode()
    {
        var counter = new WireWriter(null);
        Write(ref counter);
        byte[] encoded = new byte[counter.Position];
        var writer = new WireWriter(encoded);
        Write(ref writer);
        return encoded;
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Encode"/> made.</exception>
    public static Configurations Decode(ReadOnlyMemory<byte> encoded)
    {
        var reader = new WireReader(encoded, "The configurations of a snapshot");
        if (reader.Byte() is var version && version != Version)
            throw reader.Malformed($"it has version {version}, and this program knows version {Version}");
        bool hasNext = reader.Flag();
        Configuration current = Read(ref reader);
        Configuration? next = hasNext ? Read(ref reader) : null;
        return reader.AtEnd ? new Configurations(current, next) : throw reader.Malformed("bytes follow the end");
    }

    private void Write(ref WireWriter writer)
    {
        writer.Byte(Version);
        writer.Flag(Next is not null);
        Write(ref writer, Current);
        if (Next is not null)
            Write(ref writer, Next);
    }

    private static void Write(ref WireWriter writer, Configuration configuration)
    {
        writer.Number(configuration.Epoch);
        writer.Number(configuration.FromSlot);
        writer.Quorums(configuration.Quorums);
    }

    private static Configuration Read(ref WireReader reader) => new(reader.Number(), reader.Slot(), reader.Quorums());
}

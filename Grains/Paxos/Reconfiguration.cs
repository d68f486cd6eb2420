namespace Doozer.Paxos;

/// <summary>
/// A change of the quorum system, as a slot of the log holds it: a batch of its own, without commands. It names the epoch that it
/// begins, so that one which is proposed twice, or beside another, changes things once.
/// </summary>
/// <param name="Epoch">The epoch that it begins.</param>
/// <param name="Quorums">The quorums that it brings.</param>
internal readonly record struct Reconfiguration(long Epoch, QuorumSystem Quorums)
{
    private const byte Version = 1;

    public Batch ToBatch()
    {
        var counter = new WireWriter(null);
        Write(ref counter);
        byte[] encoded = new byte[counter.Position];
        var writer = new WireWriter(encoded);
        Write(ref writer);
        return new Batch(encoded, 0);
    }

    /// <exception cref="InvalidDataException">The batch holds none, or one of a later version.</exception>
    public static Reconfiguration Read(Batch batch)
    {
        var reader = new WireReader(batch.Commands, "A change of the quorums");
        if (reader.Byte() is var version && version != Version)
            throw reader.Malformed($"it has version {version}, and this program knows version {Version}");
        var change = new Reconfiguration(reader.Number(), reader.Quorums());
        return reader.AtEnd ? change : throw reader.Malformed("bytes follow the end");
    }

    private void Write(ref WireWriter writer)
    {
        writer.Byte(Version);
        writer.Number(Epoch);
        writer.Quorums(Quorums);
    }
}

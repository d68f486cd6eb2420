using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>
/// All that a peer keeps: the register's state, the peers that the cluster began with, and the incarnation of each that it met.
/// </summary>
internal sealed record AcceptorRecord(string[] Peers, IReadOnlyDictionary<string, Guid> Incarnations, RegisterState State)
{
    /// <summary>Most incarnations: with names of at most 64 characters they fit into the file beside the value.</summary>
    public const int MaxIncarnations = 256;

    private const byte Version = 1;

    public byte[] Encode() => BinaryFields.Encode(writer =>
    {
        writer.Write(Version);
        writer.Write(Peers.Length);
        foreach (string peer in Peers)
            writer.Write(peer);
        writer.Write(Incarnations.Count);
        foreach ((string peer, Guid incarnation) in Incarnations)
        {
            writer.Write(peer);
            writer.Write(incarnation);
        }

        writer.Write(State.Promised);
        writer.Write(State.Accepted);
        writer.WriteBlock(State.Value);
    });

    /// <exception cref="InvalidDataException">The bytes are not a record that this version can read.</exception>
    public static AcceptorRecord Decode(ReadOnlyMemory<byte> bytes) =>
        BinaryFields.Decode("An acceptor's record", bytes, reader =>
        {
            byte version = reader.ReadByte();
            if (version != Version)
                throw new InvalidDataException($"its version is {version}, not {Version}");
            string[] peers = new string[reader.ReadCount(QuorumSystem.MaxAcceptors)];
            for (int i = 0; i < peers.Length; i++)
                peers[i] = reader.ReadString();
            var incarnations = new Dictionary<string, Guid>(StringComparer.Ordinal);
            for (int left = reader.ReadCount(MaxIncarnations); left > 0; left--)
                incarnations.Add(reader.ReadString(), reader.ReadGuid());
            return new AcceptorRecord(
                peers,
                incarnations,
                new RegisterState(reader.ReadBallot(), reader.ReadBallot(), reader.ReadBlock(RegisterState.MaxValueBytes)));
        });
}

using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>
/// All that a peer keeps: the register's state, the peers that the cluster began with, and the incarnation of each that it
/// has met.
/// </summary>
internal sealed record AcceptorRecord(string[] Peers, IReadOnlyDictionary<string, Guid> Incarnations, RegisterState State)
{
    /// <summary>Most incarnations: a name has at most 64 characters, so they and the value fit into the file.</summary>
    public const int MaxIncarnations = 256;

    private const byte Version = 1;
    private const byte VersionWithMembers = 2;

    /// <summary>The newest members of the register that this node has met; null while they are those of the beginning.</summary>
    public KnownMembers? Known { get; init; }

    public byte[] Encode() => BinaryFields.Encode(writer =>
    {
        writer.Write(Known is null ? Version : VersionWithMembers);
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
        if (Known is { } known)
        {
            writer.Write(known.Ballot);
            known.Members.Write(writer);
        }
    });

    /// <exception cref="InvalidDataException">The bytes are not a record that this version can read.</exception>
    public static AcceptorRecord Decode(ReadOnlyMemory<byte> bytes) =>
        BinaryFields.Decode("An acceptor's record", bytes, reader =>
        {
            byte version = reader.ReadByte();
            if (version is not (Version or VersionWithMembers))
                throw new InvalidDataException($"its version is {version}, not {Version} or {VersionWithMembers}");
            string[] peers = new string[reader.ReadCount(QuorumSystem.MaxAcceptors)];
            for (int i = 0; i < peers.Length; i++)
                peers[i] = reader.ReadString();
            var incarnations = new Dictionary<string, Guid>(StringComparer.Ordinal);
            for (int left = reader.ReadCount(MaxIncarnations); left > 0; left--)
                incarnations.Add(reader.ReadString(), reader.ReadGuid());
            return new AcceptorRecord(
                peers,
                incarnations,
                new RegisterState(reader.ReadBallot(), reader.ReadBallot(), reader.ReadBlock(RegisterState.MaxValueBytes)))
            {
                Known = version == VersionWithMembers
                    ? new KnownMembers(reader.ReadBallot(), RegisterMembers.Read(reader))
                    : null,
            };
        });
}

/// <summary>Members of the register, and the ballot of the value that told of them.</summary>
internal sealed record KnownMembers(Ballot Ballot, RegisterMembers Members);

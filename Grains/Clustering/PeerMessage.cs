using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>Who a peer is, as it says in every request.</summary>
/// <param name="Cluster">Id of the cluster.</param>
/// <param name="Node">Id of the peer.</param>
/// <param name="Incarnation">Drawn when its data directory was made.</param>
/// <param name="Instance">Drawn when its process started.</param>
/// <param name="Peers">Ids of all peers in ordinal order.</param>
internal sealed record PeerIdentity(string Cluster, string Node, Guid Incarnation, Guid Instance, string[] Peers)
{
    /// <summary>What else all peers must be given alike, in words; empty for the defaults.</summary>
    public string Settings { get; init; } = string.Empty;
}

/// <summary>A request as it goes over the wire.</summary>
/// <param name="From">Who asks.</param>
/// <param name="To">Who is meant to answer.</param>
/// <param name="Expected">The incarnation under which the sender knows the one asked; empty before the first meeting.</param>
/// <param name="Nonce">Ties the answer to the request. Drawn anew for each.</param>
/// <param name="Request">What is asked.</param>
internal sealed record PeerRequest(PeerIdentity From, string To, Guid Expected, Guid Nonce, RegisterRequest Request)
{
    private const byte Version = 1;
    private const byte VersionWithSettings = 2;
    private const int HeaderLimit = 64 << 10;

    /// <summary>Most bytes of a message.</summary>
    public const int MaxBytes = RegisterState.MaxValueBytes + HeaderLimit;

    public byte[] Encode() => BinaryFields.Encode(writer =>
    {
        writer.Write(From.Settings.Length == 0 ? Version : VersionWithSettings);
        writer.Write(From.Cluster);
        writer.Write(From.Node);
        writer.Write(From.Incarnation);
        writer.Write(From.Instance);
        writer.Write(From.Peers.Length);
        foreach (string peer in From.Peers)
            writer.Write(peer);
        if (From.Settings.Length > 0)
            writer.Write(From.Settings);
        writer.Write(To);
        writer.Write(Expected);
        writer.Write(Nonce);
        writer.Write((byte)Request.Kind);
        writer.Write(Request.Ballot);
        writer.WriteBlock(Request.Value);
    });

    /// <exception cref="InvalidDataException">The bytes are not a request of this version.</exception>
    public static PeerRequest Decode(ReadOnlyMemory<byte> bytes) => BinaryFields.Decode("A peer's request", bytes, reader =>
    {
        byte version = reader.ReadByte();
        if (version is not (Version or VersionWithSettings))
        {
            throw new InvalidDataException(
                $"it begins with {version}, not {Version} or {VersionWithSettings}, so no peer of this version has sent it");
        }

        string cluster = reader.ReadString();
        string node = reader.ReadString();
        Guid incarnation = reader.ReadGuid();
        Guid instance = reader.ReadGuid();
        string[] peers = new string[reader.ReadCount(QuorumSystem.MaxAcceptors)];
        for (int i = 0; i < peers.Length; i++)
            peers[i] = reader.ReadString();
        string settings = version == VersionWithSettings ? reader.ReadString() : string.Empty;
        return new PeerRequest(
            new PeerIdentity(cluster, node, incarnation, instance, peers) { Settings = settings },
            reader.ReadString(),
            reader.ReadGuid(),
            reader.ReadGuid(),
            new RegisterRequest(ReadKind(reader), reader.ReadBallot(), reader.ReadBlock(RegisterState.MaxValueBytes)));
    });

    private static RegisterRequestKind ReadKind(BinaryReader reader)
    {
        byte kind = reader.ReadByte();
        return kind <= (byte)RegisterRequestKind.Accept
            ? (RegisterRequestKind)kind
            : throw new InvalidDataException($"{kind} is no kind of request");
    }
}

/// <summary>An answer as it goes over the wire.</summary>
internal sealed record PeerAnswer(Guid Incarnation, RegisterAnswer Answer)
{
    private const byte Version = 1;

    public byte[] Encode() => BinaryFields.Encode(writer =>
    {
        writer.Write(Version);
        writer.Write(Incarnation);
        writer.Write(Answer.Granted);
        writer.Write(Answer.Promised);
        writer.Write(Answer.Accepted);
        writer.WriteBlock(Answer.Value);
    });

    /// <exception cref="InvalidDataException">The bytes are not an answer of this version.</exception>
    public static PeerAnswer Decode(ReadOnlyMemory<byte> bytes) => BinaryFields.Decode("A peer's answer", bytes, reader =>
    {
        byte version = reader.ReadByte();
        if (version != Version)
            throw new InvalidDataException($"its version is {version}, not {Version}; run the same version on all peers");
        return new PeerAnswer(
            reader.ReadGuid(),
            new RegisterAnswer(
                reader.ReadBoolean(), reader.ReadBallot(), reader.ReadBallot(), reader.ReadBlock(RegisterState.MaxValueBytes)));
    });
}

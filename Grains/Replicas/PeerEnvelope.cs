using System.Buffers.Binary;
using System.Text;

namespace Doozer.Replicas;

/// <summary>What an envelope between replicas carries.</summary>
internal enum EnvelopeKind : byte
{
    /// <summary>Protocol messages.</summary>
    Messages = 0,

    /// <summary>The receiver's identity is not the one the sender remembers: it lost its data.</summary>
    ForeignIncarnation = 1,

    /// <summary>The receiver was configured with other peers than the sender.</summary>
    DifferentPeers = 2,

    /// <summary>A digest of the sender's state after a slot.</summary>
    Digest = 3,
}

/// <summary>
/// The frame around protocol messages between replicas. It lets a receiver refuse a sender whose votes it must not count: one
/// that lost its data, or that counts quorums of other peers.
/// </summary>
/// <param name="Kind">What it carries.</param>
/// <param name="From">Node id of the sender.</param>
/// <param name="Incarnation">Identity of the sender's data.</param>
/// <param name="Quorums">The sender's quorum system in words.</param>
/// <param name="Body">Encoded messages; of a refusal, the incarnation that is refused; slot and digest (8 bytes each).</param>
internal readonly record struct PeerEnvelope(
    EnvelopeKind Kind, string From, Guid Incarnation, string Quorums, ReadOnlyMemory<byte> Body)
{
    private const byte Version = 1;

    /// <summary>The part that is the same in every envelope a replica sends.</summary>
    public static byte[] Header(EnvelopeKind kind, string from, Guid incarnation, string quorums)
    {
        byte[] fromBytes = Encoding.UTF8.GetBytes(from);
        byte[] quorumBytes = Encoding.UTF8.GetBytes(quorums);
        byte[] header = new byte[2 + 16 + 2 + fromBytes.Length + 2 + quorumBytes.Length];
        header[0] = Version;
        header[1] = (byte)kind;
        incarnation.TryWriteBytes(header.AsSpan(2));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(18), checked((ushort)fromBytes.Length));
        fromBytes.CopyTo(header, 20);
        int at = 20 + fromBytes.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(at), checked((ushort)quorumBytes.Length));
        quorumBytes.CopyTo(header, at + 2);
        return header;
    }

    /// <exception cref="InvalidDataException">The bytes are not an envelope.</exception>
    public static PeerEnvelope Decode(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        if (span.Length < 22 || span[0] != Version || span[1] > (byte)EnvelopeKind.Digest)
            throw Malformed();
        int fromLength = BinaryPrimitives.ReadUInt16LittleEndian(span[18..]);
        int at = 20 + fromLength;
        if (span.Length < at + 2)
            throw Malformed();
        int quorumsLength = BinaryPrimitives.ReadUInt16LittleEndian(span[at..]);
        if (span.Length < at + 2 + quorumsLength)
            throw Malformed();
        return new PeerEnvelope(
            (EnvelopeKind)span[1],
            Encoding.UTF8.GetString(span.Slice(20, fromLength)),
            new Guid(span.Slice(2, 16)),
            Encoding.UTF8.GetString(span.Slice(at + 2, quorumsLength)),
            bytes[(at + 2 + quorumsLength)..]);
    }

    private static InvalidDataException Malformed() => new("An envelope of a peer is malformed or of an unknown version.");
}

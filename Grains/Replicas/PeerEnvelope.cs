using System.Buffers.Binary;
using System.Security.Cryptography;
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

    /// <summary>In the sender's epoch, which is later than the receiver's, the receiver does not belong to the group.</summary>
    NotAMember = 4,
}

/// <summary>
/// The frame around protocol messages between replicas. It lets a receiver refuse a sender whose votes it must not count: one
/// that lost its data, or whose group began with quorums of other peers. And it tells how far the sender is with the changes of
/// the quorums since.
/// </summary>
/// <remarks>
/// In epoch 0 version 1 is written, which an older node reads as well: it has the quorums that the group began with in words.
/// Version 2 has a digest of them instead, and the epoch. Whoever reads version 2 has been told of changes of the quorums, which
/// no older node can read either.
/// </remarks>
/// <param name="Kind">What it carries.</param>
/// <param name="From">Node id of the sender.</param>
/// <param name="Incarnation">Identity of the sender's data.</param>
/// <param name="Epoch">The newest configuration of which the sender's disk knows that it is in force.</param>
/// <param name="Quorums">The quorums that the sender's group began with, in words; of version 2 their digest.</param>
/// <param name="Body">Encoded messages; of a refusal, the incarnation that is refused; slot and digest (8 bytes each).</param>
internal readonly record struct PeerEnvelope(
    EnvelopeKind Kind, string From, Guid Incarnation, long Epoch, string Quorums, ReadOnlyMemory<byte> Body)
{
    private const byte Version = 2;
    private const byte FirstVersion = 1;
    private const int DigestBytes = 8;

    /// <summary>The part that is the same in every envelope a replica sends in an epoch.</summary>
    public static byte[] Header(EnvelopeKind kind, string from, Guid incarnation, string quorums, long epoch = 0)
    {
        byte[] fromBytes = Encoding.UTF8.GetBytes(from);
        byte[] header = new byte[2 + 16 + 2 + fromBytes.Length];
        header[0] = epoch == 0 ? FirstVersion : Version;
        header[1] = (byte)kind;
        incarnation.TryWriteBytes(header.AsSpan(2));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(18), checked((ushort)fromBytes.Length));
        fromBytes.CopyTo(header, 20);
        if (epoch == 0)
        {
            byte[] words = Encoding.UTF8.GetBytes(quorums);
            byte[] length = new byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(length, checked((ushort)words.Length));
            return [.. header, .. length, .. words];
        }

        byte[] number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, epoch);
        return [.. header, .. DigestOf(quorums), .. number];
    }

    /// <exception cref="InvalidDataException">The bytes are not an envelope.</exception>
    public static PeerEnvelope Decode(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        if (span.Length < 22 || span[0] is < FirstVersion or > Version || span[1] > (byte)EnvelopeKind.NotAMember)
            throw Malformed();
        int endOfFrom = 20 + BinaryPrimitives.ReadUInt16LittleEndian(span[18..]);
        int at = endOfFrom;
        (string quorums, long epoch) = span[0] == FirstVersion ? (ReadWords(span, ref at), 0) : ReadEpoch(span, ref at);
        return new PeerEnvelope(
            (EnvelopeKind)span[1],
            Encoding.UTF8.GetString(span[20..endOfFrom]),
            new Guid(span.Slice(2, 16)),
            epoch,
            quorums,
            bytes[at..]);
    }

    /// <summary>Whether the sender's group began with these quorums.</summary>
    /// <param name="quorums">They, in words.</param>
    /// <param name="digest">Their <see cref="InShort"/>.</param>
    public bool IsOf(string quorums, string digest) => Quorums == quorums || Quorums == digest;

    /// <summary>Quorums in words, as <see cref="Quorums"/> has them in version 2.</summary>
    public static string InShort(string quorums) => Convert.ToHexString(DigestOf(quorums));

    private static string ReadWords(ReadOnlySpan<byte> span, ref int at)
    {
        int start = at + 2;
        if (span.Length < start)
            throw Malformed();
        at = start + BinaryPrimitives.ReadUInt16LittleEndian(span[(start - 2)..]);
        return span.Length < at ? throw Malformed() : Encoding.UTF8.GetString(span[start..at]);
    }

    private static (string Quorums, long Epoch) ReadEpoch(ReadOnlySpan<byte> span, ref int at)
    {
        int start = at;
        at += DigestBytes + sizeof(long);
        if (span.Length < at)
            throw Malformed();
        long epoch = BinaryPrimitives.ReadInt64LittleEndian(span[(start + DigestBytes)..]);
        return epoch > 0 ? (Convert.ToHexString(span.Slice(start, DigestBytes)), epoch) : throw Malformed();
    }

    private static byte[] DigestOf(string quorums) => SHA256.HashData(Encoding.UTF8.GetBytes(quorums))[..DigestBytes];

    private static InvalidDataException Malformed() => new("An envelope of a peer is malformed or of an unknown version.");
}

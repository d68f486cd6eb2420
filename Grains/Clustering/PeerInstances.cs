using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Doozer.Clustering;

/// <summary>
/// The latest process that has spoken under each peer's id. When an earlier one speaks again, two run at once, and the later
/// keeps the id. Which is the later says the number of the start in the instance, which is durable: by the order in which they
/// speak an old message that somebody sends again would be the word of a later process, and stop the living one.
/// </summary>
internal sealed class PeerInstances
{
    private const int StartBytes = 6;
    private const int NumberedVersion = 8;
    private const int GuidBytes = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Guid> _latest = new(StringComparer.Ordinal);

    /// <summary>A new process's instance.</summary>
    /// <param name="start">Higher than in each earlier start with the same data.</param>
    /// <remarks>A version 8 UUID (RFC 9562): 48 bits of the start's number and the rest random.</remarks>
    public static Guid New(long start)
    {
        Span<byte> bytes = stackalloc byte[GuidBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, start << (8 * (sizeof(long) - StartBytes)));
        RandomNumberGenerator.Fill(bytes[StartBytes..]);
        bytes[6] = (byte)((NumberedVersion << 4) | (bytes[6] & 0x0F));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3F));
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>
    /// Whether no later process speaks under the peer's id. Of one without a number, as of an earlier version, nobody can tell.
    /// </summary>
    public bool IsCurrent(string peer, Guid instance)
    {
        if (instance.Version != NumberedVersion)
            return true;
        lock (_gate)
        {
            if (_latest.TryGetValue(peer, out Guid latest) && instance.CompareTo(latest) < 0)
                return false;
            _latest[peer] = instance;
            return true;
        }
    }
}

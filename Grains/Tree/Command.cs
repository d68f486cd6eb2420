using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Doozer.Tree;

/// <summary>What a command does. The values are part of the log's format.</summary>
internal enum CommandKind : byte
{
    /// <summary>Writes a whole file.</summary>
    Set = 0,

    /// <summary>Deletes a file.</summary>
    Del = 1,

    /// <summary>Takes a revision and changes nothing.</summary>
    Nop = 2,
}

/// <summary>One command of the log.</summary>
/// <param name="RequestId">Identity of the request, by which a repetition is known; <see cref="Guid.Empty"/> for none.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Path">The file; <c>/</c> for a Nop.</param>
/// <param name="Body">The content of a Set; empty otherwise.</param>
/// <param name="Revision">Highest revision of the file that it may replace; 0: must not exist; -1: any.</param>
internal readonly record struct Command(Guid RequestId, CommandKind Kind, string Path, ReadOnlyMemory<byte> Body, long Revision)
{
    /// <summary>In <see cref="Revision"/>: replace the file whatever its revision is.</summary>
    public const long Clobber = -1;

    private const int Version = 2;
    private const int FirstVersion = 1;
    private const int IdBytes = 16;
    private const int MaxVarintBytes = 10;
    private const long NoFloor = -1;

    /// <summary>
    /// Of a Set: the most bytes that the files may count with it, unless it makes them fewer; 0 for any number. It comes with the
    /// command, so that all replicas decide alike although their nodes may be set differently.
    /// </summary>
    public long TreeLimit { get; init; }

    /// <summary>
    /// A revision that the tree had before the request was made: it cannot have been applied to an older one. By it the tree
    /// knows that a request is one it may have forgotten, and does not apply it twice. Null: the tree takes it for a new one.
    /// </summary>
    public long? Floor { get; init; }

    /// <summary>Writes a file.</summary>
    public static Command Set(string path, ReadOnlyMemory<byte> body, long revision, Guid requestId = default) =>
        new(requestId, CommandKind.Set, path, body, revision);

    /// <summary>Deletes a file.</summary>
    public static Command Del(string path, long revision, Guid requestId = default) =>
        new(requestId, CommandKind.Del, path, default, revision);

    /// <summary>Takes a revision and changes nothing.</summary>
    public static Command Nop(Guid requestId = default) => new(requestId, CommandKind.Nop, TreePath.Root, default, Clobber);

    /// <summary>
    /// Writes the command: version and kind (four bits each), request id (16 bytes), floor + 1 or 0 for none (varint; only in
    /// version 2); for Set and Del then revision + 1 and the path's length (varints) and the path; for Set then the tree's limit
    /// (varint; only in version 2) and the body, to the end. Version 1 is written where it says all.
    /// </summary>
    /// <exception cref="InvalidCommandException">The command would not decode.</exception>
    public void Encode(IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (Validate() is { } reason)
            throw new InvalidCommandException(reason);

        int version = TreeLimit == 0 && Floor is null ? FirstVersion : Version;
        Span<byte> span = writer.GetSpan(1 + IdBytes + (4 * MaxVarintBytes) + Path.Length);
        span[0] = (byte)((version << 4) | (int)Kind);
        RequestId.TryWriteBytes(span[1..]);
        int length = 1 + IdBytes;
        if (version == Version)
            length += WriteVarint(span[length..], (ulong)((Floor ?? -1) + 1));
        if (Kind != CommandKind.Nop)
        {
            length += WriteVarint(span[length..], (ulong)(Revision + 1));
            length += WriteVarint(span[length..], (ulong)Path.Length);
            length += Encoding.ASCII.GetBytes(Path, span[length..]);
            if (version == Version && Kind == CommandKind.Set)
                length += WriteVarint(span[length..], (ulong)TreeLimit);
        }

        writer.Advance(length);
        if (Kind == CommandKind.Set)
            writer.Write(Body.Span);
    }

    /// <summary>Reads a command. The body is not copied: it is the end of <paramref name="encoded"/>.</summary>
    /// <exception cref="InvalidCommandException">The bytes are not a valid command.</exception>
    public static Command Decode(ReadOnlyMemory<byte> encoded)
    {
        ReadOnlySpan<byte> span = encoded.Span;
        if (span.Length < 1 + IdBytes)
            throw new InvalidCommandException($"it has only {span.Length} bytes");
        int version = span[0] >> 4;
        if (version is < FirstVersion or > Version)
        {
            throw new InvalidCommandException(
                $"its version is {version}, and this program reads versions {FirstVersion} to {Version}");
        }

        var kind = (CommandKind)(span[0] & 15);
        var id = new Guid(span.Slice(1, IdBytes));
        int position = 1 + IdBytes;
        long floor = version == Version ? ReadNumber(span, ref position) - 1 : NoFloor;
        string path = TreePath.Root;
        long revision = Clobber;
        long limit = 0;
        if (kind != CommandKind.Nop)
        {
            revision = ReadNumber(span, ref position) - 1;
            path = ReadPath(span, ref position);
            if (version == Version && kind == CommandKind.Set)
                limit = ReadNumber(span, ref position);
        }

        var command = new Command(id, kind, path, encoded[position..], revision)
        {
            TreeLimit = limit,
            Floor = floor == NoFloor ? null : floor,
        };
        return command.Validate() is { } reason ? throw new InvalidCommandException(reason) : command;
    }

    /// <summary>
    /// A number for what it asks for, whoever asks and on whatever terms: equal for equal commands, on all nodes of all versions,
    /// and never 0.
    /// </summary>
    public int Digest()
    {
        uint sum = BitOperations.Crc32C((uint)Kind, (ulong)Revision);
        foreach (char character in Path)
            sum = BitOperations.Crc32C(sum, (ushort)character);
        ReadOnlySpan<byte> rest = Body.Span;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        foreach (byte left in rest)
            sum = BitOperations.Crc32C(sum, left);
        return Math.Max(1, (int)(sum & RequestEntry.MaxDigest));
    }

    private string? Validate()
    {
        if (Floor is < 0 or long.MaxValue)
            return $"its floor is {Floor}";
        if (TreeLimit < 0 || (TreeLimit > 0 && Kind != CommandKind.Set))
            return $"a {Kind} has a tree limit of {TreeLimit}";
        if (Kind > CommandKind.Nop)
            return $"its kind is {(int)Kind}, which is not known";
        if (Kind != CommandKind.Set && !Body.IsEmpty)
            return $"a {Kind} has no body, but {Body.Length} bytes follow";
        if (Revision is < Clobber or long.MaxValue)
            return $"its revision is {Revision}";
        if (Kind == CommandKind.Nop)
            return Path == TreePath.Root ? null : "a Nop has no path";
        return TreePath.Invalid(Path, root: true) is { } invalid ? $"its path is not valid: {invalid}" : null;
    }

    private static string ReadPath(ReadOnlySpan<byte> span, ref int position)
    {
        ulong length = ReadVarint(span, ref position);
        if (length > (ulong)(span.Length - position))
            throw new InvalidCommandException("it ends within its path");
        // Latin-1 keeps each byte apart, so that a byte that is not ASCII fails the path's rules instead of becoming a '?'.
        string path = Encoding.Latin1.GetString(span.Slice(position, (int)length));
        position += (int)length;
        return path;
    }

    private static long ReadNumber(ReadOnlySpan<byte> span, ref int position) =>
        ReadVarint(span, ref position) is var number and <= long.MaxValue
            ? (long)number
            : throw new InvalidCommandException("a number is out of range");

    private static int WriteVarint(Span<byte> span, ulong value)
    {
        int length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        return length;
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> span, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && position < span.Length; shift += 7)
        {
            byte next = span[position++];
            if (shift == 63 && next > 1)
                break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new InvalidCommandException("it ends within a number, or a number is too long");
    }
}

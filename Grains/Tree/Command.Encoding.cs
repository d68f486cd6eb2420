using System.Buffers;
using System.Text;

namespace Doozer.Tree;

/// <summary>How a command is written in the log.</summary>
internal readonly partial record struct Command
{
    /// <summary>Most changes of a transaction.</summary>
    public const int MaxChanges = 128;

    private const int Version = 3;
    private const int FirstVersion = 1;
    private const int VersionWithFloor = 2;
    private const int IdBytes = 16;

    /// <summary>
    /// Writes the command: version and kind (four bits each), request id (16 bytes), floor + 1 or 0 for none (from version 2 on),
    /// and then for
    /// <list type="bullet">
    /// <item>Set: revision + 1, the path, the tree's limit (from version 2 on), the session (from version 3 on), and the body, to
    /// the end;</item>
    /// <item>Del: revision + 1 and the path;</item>
    /// <item>Transaction: the tree's limit, the number of changes, and each: its kind, revision + 1, path, and for Set session,
    /// length of the body and body;</item>
    /// <item>OpenSession: the tree's limit, the ttl, and the owner, to the end;</item>
    /// <item>CloseSession: the session.</item>
    /// </list>
    /// Numbers are <see cref="Varint"/>s; a path comes after its length. The oldest version that says all is written.
    /// </summary>
    /// <exception cref="InvalidCommandException">The command would not decode.</exception>
    public void Encode(IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (Validate() is { } reason)
            throw new InvalidCommandException(reason);

        int version = Kind > CommandKind.Nop || Session != 0 ? Version
            : TreeLimit != 0 || Floor is not null ? VersionWithFloor
            : FirstVersion;
        Span<byte> span = writer.GetSpan(1 + IdBytes + (5 * Varint.MaxBytes) + Path.Length);
        span[0] = (byte)((version << 4) | (int)Kind);
        RequestId.TryWriteBytes(span[1..]);
        int length = 1 + IdBytes;
        if (version >= VersionWithFloor)
            length += Varint.Write(span[length..], (Floor ?? -1) + 1);
        if (Kind is CommandKind.Set or CommandKind.Del)
            length += WriteTarget(span[length..], this);
        if (version >= VersionWithFloor && HasLimit(Kind))
            length += Varint.Write(span[length..], TreeLimit);
        if (Kind == CommandKind.CloseSession || (Kind == CommandKind.Set && version >= Version))
            length += Varint.Write(span[length..], Session);
        if (Kind == CommandKind.OpenSession)
            length += Varint.Write(span[length..], Ttl);
        writer.Advance(length);
        if (Kind == CommandKind.Transaction)
            WriteChanges(writer);
        else
            writer.Write(Body.Span);
    }

    /// <summary>Reads a command. Bodies are not copied: they are parts of <paramref name="encoded"/>.</summary>
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
        if (kind > CommandKind.Nop && version < Version)
            throw new InvalidCommandException($"its kind is {(int)kind}, which version {version} has not");
        var id = new Guid(span.Slice(1, IdBytes));
        int position = 1 + IdBytes;
        long floor = version >= VersionWithFloor ? ReadNumber(span, ref position) - 1 : -1;
        (string path, long revision) = kind is CommandKind.Set or CommandKind.Del
            ? ReadTarget(span, ref position)
            : (TreePath.Root, Clobber);
        long limit = HasLimit(kind) && version >= VersionWithFloor ? ReadNumber(span, ref position) : 0;
        bool hasSession = kind == CommandKind.CloseSession || (kind == CommandKind.Set && version >= Version);
        long session = hasSession ? ReadNumber(span, ref position) : 0;
        long ttl = kind == CommandKind.OpenSession ? ReadNumber(span, ref position) : 0;
        Command[] changes = kind == CommandKind.Transaction ? ReadChanges(encoded, ref position) : [];
        var command = new Command(id, kind, path, encoded[position..], revision)
        {
            TreeLimit = limit,
            Floor = floor < 0 ? null : floor,
            Session = session,
            Ttl = ttl,
            Changes = changes,
        };
        return command.Validate() is { } reason ? throw new InvalidCommandException(reason) : command;
    }

    private void WriteChanges(IBufferWriter<byte> writer)
    {
        writer.Advance(Varint.Write(writer.GetSpan(Varint.MaxBytes), Changes.Length));
        foreach (Command change in Changes)
        {
            Span<byte> span = writer.GetSpan((5 * Varint.MaxBytes) + change.Path.Length);
            int length = Varint.Write(span, (long)change.Kind);
            length += WriteTarget(span[length..], change);
            if (change.Kind == CommandKind.Set)
            {
                length += Varint.Write(span[length..], change.Session);
                length += Varint.Write(span[length..], change.Body.Length);
            }

            writer.Advance(length);
            writer.Write(change.Body.Span);
        }
    }

    private static Command[] ReadChanges(ReadOnlyMemory<byte> encoded, ref int position)
    {
        ReadOnlySpan<byte> span = encoded.Span;
        long count = ReadNumber(span, ref position);
        if (count > MaxChanges)
            throw new InvalidCommandException($"it has {count} changes");
        var changes = new Command[count];
        foreach (ref Command change in changes.AsSpan())
        {
            long kind = ReadNumber(span, ref position);
            if (kind > (long)CommandKind.Check)
                throw new InvalidCommandException($"one of its changes is of kind {kind}, which is not known");
            (string path, long revision) = ReadTarget(span, ref position);
            change = new Command(Guid.Empty, (CommandKind)kind, path, default, revision);
            if (change.Kind != CommandKind.Set)
                continue;
            change = change with { Session = ReadNumber(span, ref position) };
            long length = ReadNumber(span, ref position);
            if (length > span.Length - position)
                throw new InvalidCommandException("it ends within a body");
            change = change with { Body = encoded.Slice(position, (int)length) };
            position += (int)length;
        }

        return changes;
    }

    private static int WriteTarget(Span<byte> span, in Command change)
    {
        int length = Varint.Write(span, change.Revision + 1);
        length += Varint.Write(span[length..], change.Path.Length);
        return length + Encoding.ASCII.GetBytes(change.Path, span[length..]);
    }

    private static (string Path, long Revision) ReadTarget(ReadOnlySpan<byte> span, ref int position)
    {
        long revision = ReadNumber(span, ref position) - 1;
        long length = ReadNumber(span, ref position);
        if (length > span.Length - position)
            throw new InvalidCommandException("it ends within its path");
        // Latin-1 keeps each byte apart, so that a byte that is not ASCII fails the path's rules instead of becoming a '?'.
        string path = Encoding.Latin1.GetString(span.Slice(position, (int)length));
        position += (int)length;
        return (path, revision);
    }

    private static long ReadNumber(ReadOnlySpan<byte> span, ref int position) =>
        Varint.TryRead(span, ref position, out long value)
            ? value
            : throw new InvalidCommandException("it ends within a number, or a number is out of range");
}

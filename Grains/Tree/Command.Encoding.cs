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
        Span<byte> span = writer.GetSpan(1 + IdBytes + Varint.MaxBytes);
        span[0] = (byte)((version << 4) | (int)Kind);
        RequestId.TryWriteBytes(span[1..]);
        int length = 1 + IdBytes;
        if (version >= VersionWithFloor)
            length += Varint.Write(span[length..], (Floor ?? -1) + 1);
        writer.Advance(length);
        switch (Kind)
        {
            case CommandKind.Set:
                WriteTarget(writer, this);
                if (version >= VersionWithFloor)
                    WriteNumber(writer, TreeLimit);
                if (version >= Version)
                    WriteNumber(writer, Session);
                writer.Write(Body.Span);
                break;
            case CommandKind.Del:
                WriteTarget(writer, this);
                break;
            case CommandKind.Transaction:
                WriteChanges(writer);
                break;
            case CommandKind.OpenSession:
                WriteNumber(writer, TreeLimit);
                WriteNumber(writer, Ttl);
                writer.Write(Body.Span);
                break;
            case CommandKind.CloseSession:
                WriteNumber(writer, Session);
                break;
        }
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
        var command = new Command(id, kind, TreePath.Root, default, Clobber) { Floor = floor < 0 ? null : floor };
        switch (kind)
        {
            case CommandKind.Set or CommandKind.Del:
                command = ReadTarget(command, span, ref position);
                if (kind == CommandKind.Set && version >= VersionWithFloor)
                    command = command with { TreeLimit = ReadNumber(span, ref position) };
                if (kind == CommandKind.Set && version >= Version)
                    command = command with { Session = ReadNumber(span, ref position) };
                break;
            case CommandKind.Transaction:
                command = command with { TreeLimit = ReadNumber(span, ref position) };
                command = command with { Changes = ReadChanges(encoded, ref position) };
                break;
            case CommandKind.OpenSession:
                command = command with { TreeLimit = ReadNumber(span, ref position), Ttl = ReadNumber(span, ref position) };
                break;
            case CommandKind.CloseSession:
                command = command with { Session = ReadNumber(span, ref position) };
                break;
        }

        command = command with { Body = encoded[position..] };
        return command.Validate() is { } reason ? throw new InvalidCommandException(reason) : command;
    }

    private void WriteChanges(IBufferWriter<byte> writer)
    {
        WriteNumber(writer, TreeLimit);
        WriteNumber(writer, Changes.Count);
        foreach (Command change in Changes)
        {
            WriteNumber(writer, (long)change.Kind);
            WriteTarget(writer, change);
            if (change.Kind != CommandKind.Set)
                continue;
            WriteNumber(writer, change.Session);
            WriteNumber(writer, change.Body.Length);
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
            change = ReadTarget(new Command(Guid.Empty, (CommandKind)kind, TreePath.Root, default, 0), span, ref position);
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

    private static void WriteTarget(IBufferWriter<byte> writer, in Command change)
    {
        WriteNumber(writer, change.Revision + 1);
        WriteNumber(writer, change.Path.Length);
        writer.Advance(Encoding.ASCII.GetBytes(change.Path, writer.GetSpan(change.Path.Length)));
    }

    private static Command ReadTarget(in Command change, ReadOnlySpan<byte> span, ref int position)
    {
        long revision = ReadNumber(span, ref position) - 1;
        long length = ReadNumber(span, ref position);
        if (length > span.Length - position)
            throw new InvalidCommandException("it ends within its path");
        // Latin-1 keeps each byte apart, so that a byte that is not ASCII fails the path's rules instead of becoming a '?'.
        string path = Encoding.Latin1.GetString(span.Slice(position, (int)length));
        position += (int)length;
        return change with { Path = path, Revision = revision };
    }

    private static void WriteNumber(IBufferWriter<byte> writer, long value) =>
        writer.Advance(Varint.Write(writer.GetSpan(Varint.MaxBytes), value));

    private static long ReadNumber(ReadOnlySpan<byte> span, ref int position) =>
        Varint.TryRead(span, ref position, out long value)
            ? value
            : throw new InvalidCommandException("it ends within a number, or a number is out of range");
}

using System.Buffers.Binary;
using System.Numerics;

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

    /// <summary>Within a transaction: the file's revision must be the given one. Changes nothing.</summary>
    Check = 3,

    /// <summary>Does several Sets, Dels and Checks: all, or none.</summary>
    Transaction = 4,

    /// <summary>Opens a session. The revision it takes is the session's id.</summary>
    OpenSession = 5,

    /// <summary>Ends a session: its file and all that it holds are deleted, as one transaction.</summary>
    CloseSession = 6,
}

/// <summary>One command of the log, or one change of a <see cref="CommandKind.Transaction"/>.</summary>
/// <param name="RequestId">Identity of the request, by which a repetition is known; <see cref="Guid.Empty"/> for none.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Path">The file of a Set, Del or Check; otherwise <c>/</c>.</param>
/// <param name="Body">The content of a Set; who opens a session; empty otherwise.</param>
/// <param name="Revision">Highest revision of the file that a Set or Del may replace; 0: must not exist; -1: any. Of a Check: the
/// file's revision, 0 when it must not exist.</param>
internal readonly partial record struct Command(
    Guid RequestId, CommandKind Kind, string Path, ReadOnlyMemory<byte> Body, long Revision)
{
    /// <summary>In <see cref="Revision"/>: replace the file whatever its revision is.</summary>
    public const long Clobber = -1;

    /// <summary>
    /// Of what adds to the files: the most bytes that they may count with it, unless it makes them fewer; 0 for any number. It
    /// comes with the command, so that all replicas decide alike although their nodes may be set differently.
    /// </summary>
    public long TreeLimit { get; init; }

    /// <summary>
    /// A revision that the tree had before the request was made: it cannot have been applied to an older one. By it the tree
    /// knows that a request is one it may have forgotten, and does not apply it twice. Null: the tree takes it for a new one.
    /// </summary>
    public long? Floor { get; init; }

    /// <summary>Of a Set: the session that is to hold the file, 0 for none. Of a CloseSession: which.</summary>
    public long Session { get; init; }

    /// <summary>Of an OpenSession: how long the session lasts without a sign of life, in milliseconds.</summary>
    public long Ttl { get; init; }

    /// <summary>Of a Transaction: what it does, in this order; each sees what those before it did.</summary>
    public Command[] Changes
    {
        get => field ?? [];
        init;
    }

    /// <summary>The command with a <see cref="TreeLimit"/>, if it is one that may make the files larger.</summary>
    public Command Within(long treeLimit) => HasLimit(Kind) ? this with { TreeLimit = treeLimit } : this;

    /// <summary>Writes a file.</summary>
    public static Command Set(string path, ReadOnlyMemory<byte> body, long revision, Guid requestId = default) =>
        new(requestId, CommandKind.Set, path, body, revision);

    /// <summary>Deletes a file.</summary>
    public static Command Del(string path, long revision, Guid requestId = default) =>
        new(requestId, CommandKind.Del, path, default, revision);

    /// <summary>Takes a revision and changes nothing.</summary>
    public static Command Nop(Guid requestId = default) => new(requestId, CommandKind.Nop, TreePath.Root, default, Clobber);

    /// <summary>Within a transaction: requires a file's revision.</summary>
    public static Command Check(string path, long revision) => new(Guid.Empty, CommandKind.Check, path, default, revision);

    /// <summary>Does all of these changes or none.</summary>
    public static Command Transaction(Command[] changes, Guid requestId = default) =>
        new(requestId, CommandKind.Transaction, TreePath.Root, default, Clobber) { Changes = changes };

    /// <summary>Opens a session.</summary>
    public static Command OpenSession(TimeSpan ttl, ReadOnlyMemory<byte> owner, Guid requestId = default) =>
        new(requestId, CommandKind.OpenSession, TreePath.Root, owner, Clobber) { Ttl = (long)ttl.TotalMilliseconds };

    /// <summary>Ends a session.</summary>
    public static Command CloseSession(long session, Guid requestId = default) =>
        new(requestId, CommandKind.CloseSession, TreePath.Root, default, Clobber) { Session = session };

    /// <summary>
    /// A number for what it asks for, whoever asks and on whatever terms: equal for equal commands, on all nodes of all versions,
    /// and never 0.
    /// </summary>
    public int Digest() => Math.Max(1, (int)(Sum(0) & RequestEntry.MaxDigest));

    private uint Sum(uint sum)
    {
        sum = BitOperations.Crc32C(sum ^ (uint)Kind, (ulong)Revision);
        foreach (char character in Path)
            sum = BitOperations.Crc32C(sum, (ushort)character);
        ReadOnlySpan<byte> rest = Body.Span;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        foreach (byte left in rest)
            sum = BitOperations.Crc32C(sum, left);
        if ((Session | Ttl) != 0)
            sum = BitOperations.Crc32C(BitOperations.Crc32C(sum, (ulong)Session), (ulong)Ttl);
        if (Kind == CommandKind.Transaction)
        {
            foreach (Command change in Changes)
                sum = change.Sum(sum);
        }

        return sum;
    }

    /// <summary>Tells why it cannot be applied to any tree, or null.</summary>
    public string? Validate() => Kind == CommandKind.Check ? "a Check cannot stand alone" : ValidateChange();

    private string? ValidateChange()
    {
        if (Floor is < 0 or long.MaxValue)
            return $"its floor is {Floor}";
        if (Kind > CommandKind.CloseSession)
            return $"its kind is {(int)Kind}, which is not known";
        if (TreeLimit < 0 || (TreeLimit > 0 && !HasLimit(Kind)))
            return $"a {Kind} has a tree limit of {TreeLimit}";
        if (!Body.IsEmpty && Kind is not (CommandKind.Set or CommandKind.OpenSession))
            return $"a {Kind} has no body, but {Body.Length} bytes follow";
        if (Revision < (Kind == CommandKind.Check ? 0 : Clobber) || Revision == long.MaxValue)
            return $"its revision is {Revision}";
        if (Session is < 0 or > TreeEvent.MaxRevision)
            return $"its session is {Session}";
        return Kind switch
        {
            CommandKind.OpenSession => InvalidSession(),
            CommandKind.CloseSession when Session == 0 => "it names no session",
            CommandKind.Transaction => InvalidChange(),
            CommandKind.Nop or CommandKind.CloseSession => Path == TreePath.Root ? null : $"a {Kind} has no path",
            _ => TreePath.Invalid(Path, root: true) is { } invalid ? $"its path is not valid: {invalid}" : null,
        };
    }

    private static bool HasLimit(CommandKind kind) =>
        kind is CommandKind.Set or CommandKind.Transaction or CommandKind.OpenSession;

    private string? InvalidSession()
    {
        if (Ttl < Tree.Session.MinTtl || Ttl > Tree.Session.MaxTtl)
            return $"its ttl is {Ttl} ms";
        return Body.Length > Tree.Session.MaxOwnerBytes ? $"its owner has {Body.Length} bytes" : null;
    }

    private string? InvalidChange()
    {
        if (Changes.Length is 0 or > MaxChanges)
            return $"it has {Changes.Length} changes";
        foreach (Command change in Changes)
        {
            if (change.Kind is not (CommandKind.Set or CommandKind.Del or CommandKind.Check))
                return $"a {change.Kind} cannot be part of a transaction";
            if (change.ValidateChange() is { } reason)
                return reason;
        }

        return null;
    }
}

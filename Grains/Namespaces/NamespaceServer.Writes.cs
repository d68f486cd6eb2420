using System.Text;
using Doozer.Tree;

namespace Doozer.Namespaces;

/// <summary>What goes to the leader: writes, transactions and sessions.</summary>
internal sealed partial class NamespaceServer
{
    public Task<long> Set(string path, byte[] body, long revision, Guid requestId, long? floor = null, long session = 0)
    {
        Arguments.RequireSet(path, body, revision, session, _options.MaxBodyBytes);
        return Write(Command.Set(path, body, revision, requestId) with { Session = session }, floor);
    }

    public Task<long> Del(string path, long revision, Guid requestId, long? floor = null)
    {
        Arguments.RequireWritable(path, revision);
        return Write(Command.Del(path, revision, requestId), floor);
    }

    public Task<long> Nop(Guid requestId, long? floor = null) => Write(Command.Nop(requestId), floor);

    public Task<long> Transact(Change[] changes, Guid requestId, long? floor = null)
    {
        Arguments.RequireChanges(changes, _options.MaxBodyBytes);
        return Write(Command.Transaction([.. changes.Select(CommandOf)], requestId), floor);
    }

    public Task<long> OpenSession(TimeSpan ttl, string owner, Guid requestId, long? floor = null)
    {
        Arguments.RequireSession(ttl, owner);
        return Write(Command.OpenSession(ttl, Encoding.UTF8.GetBytes(owner), requestId), floor);
    }

    public Task<long> CloseSession(long session, Guid requestId, long? floor = null)
    {
        Arguments.RequireSessionId(session);
        return Write(Command.CloseSession(session, requestId), floor);
    }

    public Task<long[]> KeepAlive(long[] sessions)
    {
        Arguments.RequireKeepAlive(sessions);
        return _keepAlives.Add(sessions);
    }

    internal static Command CommandOf(Change change) => change.Kind switch
    {
        ChangeKind.Set => Command.Set(change.Path, change.Body, change.Revision) with { Session = change.Session },
        ChangeKind.Del => Command.Del(change.Path, change.Revision),
        _ => Command.Check(change.Path, change.Revision),
    };

    /// <summary>Has a command chosen and applied, if there is room for it.</summary>
    /// <returns>The revision that it took.</returns>
    public Task<long> Write(Command command, long? floor)
    {
        if (NeedsRoom(command))
            _room?.Require(_replica.Leadership.Value.Leader);
        return Propose(command.Within(_options.MaxTreeBytes), floor);
    }

    /// <summary>Has a command chosen and applied, also one of the system's own that there must be room for.</summary>
    /// <returns>The revision that it took.</returns>
    public Task<long> Propose(Command command, long? floor)
    {
        if (floor is < 0 or long.MaxValue)
            throw new InvalidArgumentException("floor", $"{floor} is not a revision from 0 on");

        // A caller that brings its own request id must bring its own floor.
        bool isNew = command.RequestId == Guid.Empty;
        if (isNew)
            command = command with { RequestId = Guid.NewGuid(), Floor = _replica.Tree.Revision };
        else
            command = command with { Floor = floor };

        // Add has encoded the body; it must not stay in memory a second time while the write waits.
        Task<CommandResult> added = _writes.Add(command);
        return RevisionOf(added, command with { Body = default }, isNew);
    }

    // What lets go of something has the room that is kept for it.
    private static bool NeedsRoom(in Command command) => command.Kind switch
    {
        CommandKind.Del or CommandKind.CloseSession => false,
        CommandKind.Transaction => command.Changes.Any(change => change.Kind == CommandKind.Set),
        _ => true,
    };

    private async Task<long> RevisionOf(Task<CommandResult> written, Command command, bool isNew)
    {
        long begin = _meter.Begin();
        CommandResult result = await written;
        if (result.Outcome == CommandOutcome.Done)
        {
            _meter.End(begin);
            return result.Revision;
        }

        if (result.Outcome == CommandOutcome.RequestTooOld)
        {
            throw isNew
                ? new NodeUnavailableException(_options.Node, "its replica is far behind the leader's")
                : new RequestTooOldException(command.RequestId, result.Revision);
        }

        throw Refusal(result, command, _replica.Tree.Bytes, _options.MaxTreeBytes);
    }

    /// <summary>The error for a command that the tree refused.</summary>
    internal static DoozerException Refusal(CommandResult result, in Command command, long used, long limit) =>
        command.Kind == CommandKind.Transaction && result.Outcome != CommandOutcome.RequestIdReused
            ? new TransactionFailedException(
                result.Change, RefusalOfOne(result, command.Changes[result.Change], used, limit))
            : RefusalOfOne(result, command, used, limit);

    private static DoozerException RefusalOfOne(
        CommandResult result, in Command command, long used, long limit) => result.Outcome switch
        {
            CommandOutcome.RequestIdReused => new RequestIdReusedException(command.RequestId),
            CommandOutcome.RevisionMismatch => new RevisionMismatchException(command.Path, command.Revision, result.Revision),
            CommandOutcome.NotFound => new NotFoundException(command.Path),
            CommandOutcome.IsDirectory => new IsDirectoryException(command.Path),
            CommandOutcome.NotDirectory => new NotDirectoryException(command.Path),
            CommandOutcome.StoreFull => new StoreFullException(command.Path, used, limit),
            CommandOutcome.SessionExpired => new SessionExpiredException(command.Session),
            CommandOutcome.SessionFull => new SessionFullException(command.Session),
            _ => throw new InvalidOperationException($"Unknown outcome {result.Outcome}."),
        };
}

using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>Commands of every kind, on a few paths, so that they meet.</summary>
internal sealed class RandomCommands(Random random)
{
    // Names that are prefixes of each other around '-', '.' and '/', so that orders and kinds collide.
    public static readonly string[] Names = ["a", "a-", "a.b", "a0", "b", "b-a", "c_"];

    private readonly List<long> _sessions = [];

    /// <summary>A command without an id.</summary>
    /// <param name="newest">The tree's revision.</param>
    public Command Next(long newest) => random.Next(20) switch
    {
        < 2 => Command.Nop(),
        < 4 => Command.Transaction(
            [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(3) == 0 ? Check(newest) : Change(newest))]),
        4 => Command.OpenSession(TimeSpan.FromSeconds(random.Next(1, 9)), Body()),
        5 => Command.CloseSession(Session(newest)),
        _ => Change(newest),
    };

    /// <summary>Applies a command, most often with an id and now and then with a floor, to trees that must agree.</summary>
    public void ApplyTo(VersionedTree tree, params VersionedTree[] others)
    {
        byte[] id = new byte[16];
        random.NextBytes(id);
        Command command = Next(tree.Revision) with
        {
            RequestId = random.Next(4) == 0 ? Guid.Empty : new Guid(id),
            Floor = random.Next(10) == 0 ? random.Next(600) : null,
        };
        ApplyResult result = tree.Apply(command);
        Done(command, result);
        foreach (VersionedTree other in others)
            other.Apply(command).ShouldBe(result);
    }

    /// <summary>Tells what became of a command.</summary>
    public void Done(in Command command, ApplyResult result)
    {
        if (command.Kind == CommandKind.OpenSession && result.Outcome == Outcome.Done)
            _sessions.Add(result.Revision);
    }

    public string Path()
    {
        string path = "";
        for (int depth = random.Next(3); depth >= 0; depth--)
            path += "/" + Names[random.Next(Names.Length)];
        return path;
    }

    private Command Check(long newest) => Command.Check(Path(), random.Next(3) == 0 ? random.NextInt64(newest + 1) : 0);

    private Command Change(long newest)
    {
        long revision = random.Next(4) switch
        {
            0 => -1,
            1 => 0,
            2 => random.NextInt64(newest + 1),
            _ => newest,
        };
        return random.Next(9) < 4
            ? Command.Del(Path(), revision)
            : Command.Set(Path(), Body(), revision) with { Session = random.Next(4) == 0 ? Session(newest) : 0 };
    }

    private long Session(long newest) => _sessions.Count == 0 || random.Next(4) == 0
        ? 1 + random.NextInt64(newest + 1)
        : _sessions[^random.Next(1, Math.Min(9, _sessions.Count + 1))];

    private byte[] Body()
    {
        byte[] body = new byte[random.Next(4)];
        random.NextBytes(body);
        return body;
    }
}

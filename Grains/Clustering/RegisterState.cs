using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>What an acceptor of the register must not forget: its promise, and the last value it accepted.</summary>
internal sealed record RegisterState(Ballot Promised, Ballot Accepted, ReadOnlyMemory<byte> Value)
{
    /// <summary>Largest value in bytes. It bounds the messages and the file.</summary>
    public const int MaxValueBytes = 192 << 10;

    /// <summary>An acceptor that has promised and accepted nothing: the register is empty.</summary>
    public static RegisterState Initial { get; } = new(Ballot.Zero, Ballot.Zero, ReadOnlyMemory<byte>.Empty);
}

/// <summary>What a proposer asks of an acceptor.</summary>
internal enum RegisterRequestKind : byte
{
    /// <summary>Only to say who asks and to hear who answers.</summary>
    Hello = 0,

    /// <summary>Tells what was accepted; promises nothing.</summary>
    Read = 1,

    /// <summary>Phase 1.</summary>
    Prepare = 2,

    /// <summary>Phase 2.</summary>
    Accept = 3,
}

/// <summary>A request of a proposer or reader; the ballot and the value are set as the kind needs them.</summary>
internal readonly record struct RegisterRequest(RegisterRequestKind Kind, Ballot Ballot, ReadOnlyMemory<byte> Value)
{
    public static RegisterRequest Hello => new(RegisterRequestKind.Hello, Ballot.Zero, default);

    public static RegisterRequest Read => new(RegisterRequestKind.Read, Ballot.Zero, default);

    public static RegisterRequest Prepare(Ballot ballot) => new(RegisterRequestKind.Prepare, ballot, default);

    public static RegisterRequest Accept(Ballot ballot, ReadOnlyMemory<byte> value) =>
        new(RegisterRequestKind.Accept, ballot, value);
}

/// <summary>An acceptor's answer.</summary>
/// <param name="Granted">False when a higher ballot was promised.</param>
/// <param name="Promised">The acceptor's promise: the ballot to beat after a refusal.</param>
/// <param name="Accepted">Ballot of the value; <see cref="Ballot.Zero"/> when nothing was accepted yet.</param>
/// <param name="Value">The accepted value, for a read or a promise.</param>
internal readonly record struct RegisterAnswer(bool Granted, Ballot Promised, Ballot Accepted, ReadOnlyMemory<byte> Value);

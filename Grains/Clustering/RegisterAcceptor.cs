using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>
/// An acceptor of the register (Rystsov, "CASPaxos: Replicated State Machines without logs", 2018): single-decree Paxos whose
/// value may be changed again. No I/O here: the caller makes the next state durable before it lets the answer out. A promise or
/// an accepted value that is forgotten in a crash lets two proposers choose different successors of one value.
/// </summary>
internal static class RegisterAcceptor
{
    public static (RegisterState Next, RegisterAnswer Answer) Handle(RegisterState state, in RegisterRequest request) =>
        request.Kind switch
        {
            RegisterRequestKind.Prepare => Prepare(state, request.Ballot),
            RegisterRequestKind.Accept => Accept(state, request.Ballot, request.Value),
            RegisterRequestKind.Read => (state, new RegisterAnswer(true, state.Promised, state.Accepted, state.Value)),
            _ => (state, new RegisterAnswer(true, state.Promised, state.Accepted, default)),
        };

    // The same ballot again is the same message again, for no proposer uses a ballot twice.
    private static (RegisterState Next, RegisterAnswer Answer) Prepare(RegisterState state, Ballot ballot)
    {
        if (ballot < state.Promised)
            return (state, Refusal(state));
        RegisterState next = ballot == state.Promised ? state : state with { Promised = ballot };
        return (next, new RegisterAnswer(true, ballot, state.Accepted, state.Value));
    }

    // A proposer with a higher ballot has read this acceptor's value and builds on it. Accepting a lower ballot after that would
    // slip a value under it that it has not seen, and a change could be lost.
    private static (RegisterState Next, RegisterAnswer Answer) Accept(
        RegisterState state, Ballot ballot, ReadOnlyMemory<byte> value)
    {
        if (ballot < state.Promised)
            return (state, Refusal(state));
        RegisterState next = ballot == state.Accepted ? state : new RegisterState(ballot, ballot, value);
        return (next, new RegisterAnswer(true, ballot, ballot, default));
    }

    private static RegisterAnswer Refusal(RegisterState state) => new(false, state.Promised, state.Accepted, default);
}

using Doozer.Clustering;
using Doozer.Paxos;

namespace Doozer.Tests.Clustering;

/// <summary>
/// Nodes that append to the register and read it, over a network that loses, repeats and reorders, with crashes. Everything is
/// drawn from the seed. The value is the list of all appended numbers, so that its history can be read off it.
/// </summary>
internal sealed class RegisterSimulation(int seed, bool forgetful = false)
{
    private const int MaxSteps = 4000;
    private const int Operations = 14;
    private const int MaxAttempts = 30;

    private readonly Random _random = new(seed);
    private readonly List<Action> _pending = [];
    private readonly List<Operation> _operations = [];
    private Node[] _nodes = [];
    private QuorumSystem _quorums = null!;
    private int _step;
    private int _next;

    public int Completed => _operations.Count(operation => operation.Result is not null);

    /// <summary>Returns what is wrong with the history, or null.</summary>
    public string? Run()
    {
        _quorums = new QuorumSystem(seed % 3 == 0 ? ["a", "b", "c", "d", "e"] : ["a", "b", "c"]);
        _nodes = [.. _quorums.Acceptors.Select(id => new Node(id))];
        for (; _step < MaxSteps; _step++)
        {
            int dice = _random.Next(100);
            if (dice < 4 && _operations.Count < Operations)
                Begin(_nodes[_random.Next(_nodes.Length)]);
            else if (dice < 5)
                Crash(_nodes[_random.Next(_nodes.Length)]);
            else if (dice < 9 && _operations.Find(o => o.Result is null && !o.Aborted) is { } stuck)
                Attempt(stuck);
            else if (_pending.Count > 0)
                Deliver();
        }

        return Fault();
    }

    private void Begin(Node node)
    {
        var operation = new Operation(node, _random.Next(3) == 0 ? null : (byte)++_next, _step);
        _operations.Add(operation);
        Attempt(operation);
    }

    private void Attempt(Operation operation)
    {
        if (operation.Attempts++ >= MaxAttempts)
            return;
        if (operation.Appends is null && operation.Attempts == 1)
        {
            var read = new RegisterRead(_quorums);
            Send(operation, RegisterRequest.Read, () => operation.Attempts == 1, (from, answer) =>
            {
                if (read.OnAnswer(from, answer))
                    Complete(operation, read.Value.ToArray());
            });
            return;
        }

        long round = Math.Max(operation.Node.State.Promised.Round, operation.Node.Highest) + 1;
        operation.Node.Highest = round;
        var proposal = new RegisterProposal(_quorums, new Ballot(round, operation.Node.Id));
        int attempt = operation.Attempts;
        Send(operation, RegisterRequest.Prepare(proposal.Ballot), () => operation.Attempts == attempt, (from, answer) =>
        {
            bool ended = proposal.OnPromise(from, answer);
            operation.Node.Highest = Math.Max(operation.Node.Highest, proposal.Highest.Round);
            if (ended && proposal.Phase == ProposalPhase.Prepared)
                Propose(operation, proposal, attempt);
        });
    }

    private void Propose(Operation operation, RegisterProposal proposal, int attempt)
    {
        byte[] value = proposal.Value.ToArray();
        bool changes = operation.Appends is { } number && !value.Contains(number);
        if (!changes && proposal.IsValueChosen)
        {
            Complete(operation, value);
            return;
        }

        byte[] next = changes ? [.. value, operation.Appends!.Value] : value;
        Send(operation, proposal.Propose(next), () => operation.Attempts == attempt, (from, answer) =>
        {
            if (proposal.OnAccepted(from, answer) && proposal.Phase == ProposalPhase.Chosen)
                Complete(operation, next);
        });
    }

    private void Complete(Operation operation, byte[] value)
    {
        if (operation.Result is not null || operation.Aborted)
            return;
        operation.Result = value;
        operation.EndedAt = _step;
    }

    private void Send(Operation operation, RegisterRequest request, Func<bool> current, Action<string, RegisterAnswer> onAnswer)
    {
        int life = operation.Node.Life;

        // The own acceptor first: its promise is what makes the ballot this node's alone.
        onAnswer(operation.Node.Id, operation.Node.Handle(request));
        foreach (Node to in _nodes)
        {
            if (to == operation.Node)
                continue;
            _pending.Add(() =>
            {
                RegisterAnswer answer = to.Handle(request);
                _pending.Add(() =>
                {
                    if (operation.Node.Life == life && !operation.Aborted && current())
                        onAnswer(to.Id, answer);
                });
            });
        }
    }

    private void Deliver()
    {
        int index = _random.Next(_pending.Count);
        Action message = _pending[index];
        int dice = _random.Next(20);
        if (dice != 0)
            _pending.RemoveAt(index);
        if (dice != 1)
            message();
    }

    private void Crash(Node node)
    {
        node.Life++;
        node.Highest = 0;
        if (forgetful)
            node.State = RegisterState.Initial;
        foreach (Operation operation in _operations)
            operation.Aborted |= operation.Node == node && operation.Result is null;
    }

    /// <summary>
    /// All results are beginnings of one list; an operation sees all that was complete when it began; and an append sees itself.
    /// </summary>
    private string? Fault()
    {
        Operation[] done = [.. _operations.Where(operation => operation.Result is not null)];
        byte[] longest = done.Select(operation => operation.Result!).MaxBy(result => result.Length) ?? [];
        foreach (Operation operation in done)
        {
            byte[] result = operation.Result!;
            if (!longest.AsSpan().StartsWith(result))
                return $"[{string.Join(',', result)}] is not a beginning of [{string.Join(',', longest)}]";
            if (result.Distinct().Count() != result.Length)
                return $"[{string.Join(',', result)}] has a number twice";
            if (operation.Appends is { } number && !result.Contains(number))
                return $"the append of {number} does not see itself";
            foreach (Operation earlier in done)
            {
                if (earlier.EndedAt < operation.BeganAt && earlier.Result!.Length > result.Length)
                {
                    return $"an operation saw [{string.Join(',', result)}] after another had seen " +
                        $"[{string.Join(',', earlier.Result)}]";
                }
            }
        }

        return null;
    }

    private sealed class Node(string id)
    {
        public string Id { get; } = id;

        public RegisterState State { get; set; } = RegisterState.Initial;

        public long Highest { get; set; }

        public int Life { get; set; }

        /// <summary>
        /// The state is on disk before the answer leaves; a crash after that may lose the answer, in the network.
        /// </summary>
        public RegisterAnswer Handle(in RegisterRequest request)
        {
            (State, RegisterAnswer answer) = RegisterAcceptor.Handle(State, request);
            return answer;
        }
    }

    private sealed class Operation(Node node, byte? appends, int beganAt)
    {
        public Node Node { get; } = node;

        /// <summary>The number to append; null for a read.</summary>
        public byte? Appends { get; } = appends;

        public int BeganAt { get; } = beganAt;

        public int EndedAt { get; set; }

        public int Attempts { get; set; }

        public bool Aborted { get; set; }

        public byte[]? Result { get; set; }
    }
}

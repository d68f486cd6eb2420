using Doozer.Clustering;
using Doozer.Paxos;

namespace Doozer.Tests.Clustering;

/// <summary>
/// Nodes that append to the register, read it and change its members, over a network that loses, repeats, reorders and parts;
/// they crash. Everything is drawn from the seed. The value is the list of all appended numbers, so that its history can be read
/// off it.
/// </summary>
internal sealed class RegisterSimulation(int seed, RegisterRules? rules = null, bool forgetful = false)
{
    private const int MaxSteps = 3000;
    private const int Operations = 24;
    private const int MaxAttempts = 60;
    private const int AttemptsInPeace = 20;
    private const int MostAcceptors = 5;

    private readonly RegisterRules _rules = rules ?? RegisterRules.Paxos;
    private readonly Random _random = new(seed);
    private readonly List<Action> _pending = [];
    private readonly List<RegisterOperation> _operations = [];
    private readonly HashSet<RegisterNode> _apart = [];
    private RegisterMembers _first = null!;
    private RegisterNode[] _nodes = [];
    private bool _isPeace;
    private int _loss;
    private int _step;
    private int _next;

    public int Completed => _operations.Count(operation => operation.Result is not null);

    public int ChangesOfMembers => _operations.Count(operation => operation is { Wish: not null, Result: not null });

    /// <summary>Returns what is wrong with the history, or null.</summary>
    public string? Run()
    {
        string[] ids = ["a", "b", "c", "d", "e"];
        _loss = _random.Next(20);
        _first = RegisterMembers.Of(new QuorumSystem(ids.Take(_random.Next(1, _random.Next(1, MostAcceptors + 1) + 1))));
        _nodes = [.. ids.Select(id => new RegisterNode(id, _first))];
        for (; _step < MaxSteps && (_pending.Count > 0 || Completed < Operations); _step++)
        {
            int dice = _random.Next(1000);
            if (dice < 40 && _operations.Count < Operations)
                Begin(Any(), Draw());
            else if (dice < 45)
                Crash(Any());
            else if (dice < 60)
                Part();
            else if (dice < 85 && _operations.FindAll(o => o.Result is null && !o.Aborted) is { Count: > 0 } stuck)
                Attempt(stuck[_random.Next(stuck.Count)]);
            else if (_pending.Count > 0)
                Deliver();
        }

        return Recover() ?? Fault();
    }

    private RegisterNode Any() => _nodes[_random.Next(_nodes.Length)];

    private Wish Draw() => _random.Next(10) switch
    {
        < 4 => new Wish((byte)++_next, null),
        < 7 => new Wish(null, null),
        _ => new Wish(null, DrawMembers()),
    };

    private QuorumSystem DrawMembers()
    {
        string[] ids = [.. _nodes.Select(node => node.Id)];
        _random.Shuffle(ids);
        return new QuorumSystem(ids.Take(_random.Next(1, _random.Next(1, MostAcceptors + 1) + 1)));
    }

    private RegisterOperation Begin(RegisterNode node, Wish wish)
    {
        var operation = new RegisterOperation(node, wish.Appends, wish.Members, _step);
        _operations.Add(operation);
        Attempt(operation);
        return operation;
    }

    /// <summary>After all faults a change of the members, an append and a read must get through, at any node.</summary>
    private string? Recover()
    {
        _isPeace = true;
        foreach (RegisterOperation operation in _operations)
            operation.Aborted |= operation.Result is null;
        foreach (Wish wish in (Wish[])[new Wish(null, DrawMembers()), new Wish((byte)++_next, null), new Wish(null, null)])
        {
            _step++;
            RegisterOperation operation = Begin(Any(), wish);
            for (int attempt = 0; operation.Result is null; attempt++)
            {
                if (attempt == AttemptsInPeace)
                    return $"{operation} does not get through";
                while (_pending.Count > 0)
                    Deliver();
                if (operation.Result is null)
                    Attempt(operation);
            }
        }

        return null;
    }

    private void Attempt(RegisterOperation operation)
    {
        if (operation.Attempts++ >= MaxAttempts && !_isPeace)
            return;
        RegisterNode node = operation.Node;
        int attempt = operation.Attempts;
        if (operation.IsRead && attempt == 1)
        {
            var read = new RegisterRead(_first, _rules);
            Ask(operation, RegisterRequest.Read, () => read.Members, (from, answer) =>
            {
                if (read.OnAnswer(from, answer))
                    Complete(operation, read.Value.ToArray());
                node.Learn(read.Accepted, read.Members);
            });
            return;
        }

        long round = Math.Max(node.State.Promised.Round, node.Highest) + 1;
        node.Highest = round;
        var proposal = new RegisterProposal(_first, new Ballot(round, node.Id), _rules);
        Ask(
            operation,
            RegisterRequest.Prepare(proposal.Ballot),
            () => proposal.Members,
            (from, answer) =>
            {
                bool ended = proposal.OnPromise(from, answer);
                node.Highest = Math.Max(node.Highest, proposal.Highest.Round);
                node.Learn(proposal.Accepted, proposal.Value.Members);
                if (ended && proposal.Phase == ProposalPhase.Prepared)
                    Propose(operation, proposal);
            });
    }

    private void Propose(RegisterOperation operation, RegisterProposal proposal)
    {
        RegisterNode node = operation.Node;
        bool isChosen = proposal.IsValueChosen || proposal.Accepted == node.Chosen;
        RegisterValue? next = operation.Next(proposal.Value, isChosen, _rules);
        if (next is null && isChosen)
        {
            Finish(operation, proposal.Value);
            return;
        }

        RegisterValue value = next ?? proposal.Value;
        RegisterRequest accept = proposal.Propose(value);
        Ask(operation, accept, () => proposal.Members, (from, answer) =>
        {
            if (!proposal.OnAccepted(from, answer) || proposal.Phase != ProposalPhase.Chosen)
                return;
            node.Chosen = proposal.Ballot;
            node.Learn(proposal.Ballot, value.Members);
            Finish(operation, value);
        });
    }

    private void Finish(RegisterOperation operation, RegisterValue value)
    {
        if (operation.Wish is { } wish && !value.Members.Are(wish))
            Attempt(operation);
        else
            Complete(operation, value.Payload.ToArray());
    }

    private void Complete(RegisterOperation operation, byte[] value)
    {
        if (operation.Result is not null || operation.Aborted)
            return;
        operation.Result = value;
        operation.EndedAt = _step;
    }

    private void Ask(
        RegisterOperation operation,
        RegisterRequest request,
        Func<RegisterMembers> members,
        Action<string, RegisterAnswer> onAnswer)
    {
        RegisterNode self = operation.Node;
        (int life, int attempt) = (self.Life, operation.Attempts);
        var asked = new HashSet<string>(StringComparer.Ordinal) { self.Id };

        bool IsCurrent() => self.Life == life && !operation.Aborted && operation.Attempts == attempt;

        string[] Unasked() => [.. self.Known.Acceptors.Union(members().Acceptors).Where(id => !asked.Contains(id))];

        void Spread()
        {
            string[] unasked = Unasked();
            asked.UnionWith(unasked);
            foreach (RegisterNode to in _nodes.Where(node => unasked.Contains(node.Id)))
                Post(self, to, () => Post(to, self, Answering(to, to.Handle(request))));
        }

        Action Answering(RegisterNode from, RegisterAnswer answer) => () =>
        {
            if (!IsCurrent())
                return;
            onAnswer(from.Id, answer);
            if (IsCurrent())
                Spread();
        };

        // The own acceptor first: its promise is what makes the ballot this node's alone, also where it is not a member.
        if (request.Kind != RegisterRequestKind.Accept || self.Known.Acceptors.Union(members().Acceptors).Contains(self.Id))
            onAnswer(self.Id, self.Handle(request));
        if (IsCurrent())
            Spread();
    }

    private void Post(RegisterNode from, RegisterNode to, Action message) => _pending.Add(() =>
    {
        if (_isPeace || _apart.Contains(from) == _apart.Contains(to))
            message();
    });

    private void Deliver()
    {
        int index = _random.Next(_pending.Count);
        Action message = _pending[index];
        int dice = _isPeace ? 99 : _random.Next(100);
        if (dice >= 5)
            _pending.RemoveAt(index);
        if (dice < 5 || dice >= 5 + _loss)
            message();
    }

    private void Part()
    {
        _apart.Clear();
        RegisterMembers members = Any().Known;
        QuorumSystem list = _random.Next(2) == 0 ? members.Current : members.Next ?? members.Current;
        if (_random.Next(3) > 0)
            _apart.UnionWith(_nodes.Where(node => _random.Next(8) == 0 ^ list.IndexOf(node.Id) >= 0));
    }

    private void Crash(RegisterNode node)
    {
        node.Crash(_first, keepsKnown: _random.Next(2) == 0);
        if (forgetful)
            node.State = RegisterState.Initial;
        foreach (RegisterOperation operation in _operations)
            operation.Aborted |= operation.Node == node && operation.Result is null;
    }

    /// <summary>
    /// All results are beginnings of one list; an operation sees all that was complete when it began; and an append sees itself.
    /// </summary>
    private string? Fault()
    {
        RegisterOperation[] done = [.. _operations.Where(operation => operation.Result is not null)];
        byte[] longest = done.Select(operation => operation.Result!).MaxBy(result => result.Length) ?? [];
        foreach (RegisterOperation operation in done)
        {
            byte[] result = operation.Result!;
            if (!longest.AsSpan().StartsWith(result))
                return $"[{string.Join(',', result)}] is not a beginning of [{string.Join(',', longest)}]";
            if (result.Distinct().Count() != result.Length)
                return $"[{string.Join(',', result)}] has a number twice";
            if (operation.Appends is { } number && !result.Contains(number))
                return $"the append of {number} does not see itself";
            foreach (RegisterOperation earlier in done)
            {
                if (earlier.EndedAt < operation.BeganAt && earlier.Result!.Length > result.Length)
                {
                    return $"{operation} saw [{string.Join(',', result)}] after {earlier} had seen " +
                        $"[{string.Join(',', earlier.Result)}]";
                }
            }
        }

        return null;
    }

    private readonly record struct Wish(byte? Appends, QuorumSystem? Members);
}

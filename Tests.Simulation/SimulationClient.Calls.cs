using System.Text;
using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>What a client's operations do at the node that is asked, as the namespace grain does them, and what comes of it.</summary>
internal sealed partial class SimulationClient
{
    private Command CommandOf(Operation operation) => new(
        _requestId,
        operation.Kind switch
        {
            OperationKind.Set => CommandKind.Set,
            OperationKind.Del => CommandKind.Del,
            _ => CommandKind.Nop,
        },
        operation.Path,
        Encoding.UTF8.GetBytes(operation.Value ?? ""),
        operation.Condition);

    private void AskToWrite(SimulationNode node, Operation operation, in Command command, int attempt)
    {
        ProposeResult proposed = node.Write(command, (status, result) => Answer(node, () =>
        {
            if (status == WriteStatus.Applied)
            {
                OnApplied(operation, result);
                return;
            }

            _mayBeDone |= attempt == _attempt && status == WriteStatus.Lost;
            OnNotDone(attempt, null);
        }));
        if (proposed != ProposeResult.Queued)
        {
            string? hint = node.Replica!.Leader;
            Answer(node, () => OnNotDone(attempt, hint));
        }
    }

    private void OnApplied(Operation operation, ApplyResult result)
    {
        // Any attempt's answer will do: it is one request.
        if (!ReferenceEquals(_current, operation))
            return;
        if (result.Revision > 0)
            _seen[operation.Path] = result.Revision;
        OperationOutcome outcome = result.Outcome == Outcome.Done ? OperationOutcome.Ok : OperationOutcome.Failed;
        Finish(operation with { Outcome = outcome, Revision = result.Revision });
    }

    private void AskToRead(SimulationNode home, int attempt)
    {
        if (home.Replica!.Leader is not { } leader)
        {
            Answer(home, () => OnNotDone(attempt, null));
            return;
        }

        SimulationNode leading = cluster[leader];
        void Confirmed(long? slot) => cluster.Network.Call(leader, home.Name, () => home.Enter(() =>
        {
            if (slot is { } known)
                home.WhenApplied(known, () => AnswerRead(home, attempt, home.Tree.Latest));
            else
                Answer(home, () => OnNotDone(attempt, leader));
        }));
        cluster.Network.Call(home.Name, leader, () => leading.Enter(() =>
        {
            if (leading.ReadIndex(Confirmed) != ProposeResult.Queued)
                Confirmed(null);
        }));
    }

    private void AskLocally(SimulationNode node, int attempt)
    {
        if (attempt != _attempt || _current is null)
            return;
        if (_current.Kind == OperationKind.Local)
        {
            long revision = node.Tree.Revision;
            if (_random.Next(3) == 0)
                revision = _random.NextInt64(node.Tree.OldestRevision, revision + 1);
            if (!node.Tree.TryGet(revision, out TreeVersion? tree))
                throw new SimulationFailureException($"{node.Name} has no tree of revision {revision}, though it is in its history");
            AnswerRead(node, attempt, tree);
            return;
        }

        if (!Glob.TryParse(_current.Path, out Glob? glob, out string? reason))
            throw new InvalidOperationException(reason);
        node.WaitFor(glob, _current.Condition, _random.Next(1, 30), _random.Next(400_000), page => Answer(node, () => OnWaited(attempt, page)));
    }

    private void AnswerRead(SimulationNode node, int attempt, TreeVersion tree)
    {
        if (_current is null)
            return;
        TreeLookup found = tree.Lookup(_current.Path);
        Answer(node, () => OnRead(attempt, tree.Revision, found));
    }

    private void OnRead(int attempt, long revision, TreeLookup found)
    {
        if (attempt != _attempt || _current is null)
            return;
        _seen[_current.Path] = found.Revision;
        string? value = found.Kind == TreeEntryKind.File ? Encoding.UTF8.GetString(found.Body) : null;
        Finish(_current with { Outcome = OperationOutcome.Ok, Revision = revision, File = found.Revision, Value = value });
    }

    private void OnWaited(int attempt, EventPage page)
    {
        if (attempt != _attempt || _current is null)
            return;
        if (page.TooLate)
        {
            _watched = page.OldestRevision;
            Finish(_current with { Outcome = OperationOutcome.Failed });
            return;
        }

        // Each glob has its own sequence; one that sees everything leads on.
        if (_current.Path == "/**" || page.Next - _watched > 100)
            _watched = page.Next;
        HistoryEvent[] events = [.. page.Events.Select(HistoryEvent.From)];
        Finish(_current with { Outcome = OperationOutcome.Ok, Revision = page.Next, Events = events });
    }

    /// <summary>The answer goes back over the network.</summary>
    private void Answer(SimulationNode node, Action arrive) => cluster.Network.Call(node.Name, name, arrive);
}

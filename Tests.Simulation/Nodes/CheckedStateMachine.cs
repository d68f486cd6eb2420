using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>Lets the checks see what a replica applies, and has the deliberate bugs of applying.</summary>
/// <param name="tree">The recovered tree.</param>
/// <param name="applied">The last slot in it.</param>
/// <param name="node">Whose it is.</param>
/// <param name="cluster">The cluster.</param>
/// <param name="checks">The namespace's checks.</param>
internal sealed class CheckedStateMachine(
    VersionedTree tree, long applied, string node, SimulationCluster cluster, NamespaceChecks checks)
    : StateMachine(tree)
{
    private long _applied = applied;
    private readonly HashSet<Guid> _asked = [];
    private TreeCapture? _stale;

    public override void Apply(in ChosenBatch chosen, List<ApplyResult> results)
    {
        if (cluster.Mutation == Mutation.SnapshotClaimsMoreThanItHas)
            _stale = Tree.Capture();
        checks.Safety.OnChosen(node, _applied + 1, chosen);
        _applied = chosen.Slot;
        base.Apply(chosen, results);
        if (chosen.Proposals.Length == 0)
            return;
        SimulationFailureException.Require(
            chosen.Proposals.Sum(proposal => proposal.Count) == results.Count,
            $"{node} would answer other writes than those in slot {chosen.Slot}");
        checks.Safety.OnAcknowledged(node, chosen.Slot, chosen.Batch);
    }

    public override void Publish(long slot)
    {
        base.Publish(slot);
        checks.Trees.OnPublished(node, slot, Tree);
        cluster.Story.Mark(slot);
        if (cluster.Story.IsTold)
            cluster.Story.Tell($"{node} has applied {checks.Namespace} through slot {slot}");
    }

    public override TreeCapture Capture() =>
        cluster.Mutation == Mutation.SnapshotClaimsMoreThanItHas && _stale is not null ? _stale : base.Capture();

    public override void TakeOver(long slot, VersionedTree newer)
    {
        base.TakeOver(slot, newer);
        _applied = slot;
        cluster.Story.Tell($"{node} goes on in {checks.Namespace} from a snapshot through slot {slot}");
        checks.Trees.OnInstalled(node, slot, Tree);
    }

    protected override ApplyResult Apply(long slot, int position, in Command command)
    {
        Command asked = cluster.Mutation switch
        {
            Mutation.RetryIsAppliedTwice => command with { RequestId = Guid.Empty },
            Mutation.ForgottenRequestIsAppliedAgain => command with { Floor = null },
            Mutation.CheckIsSkippedOnRetry when !_asked.Add(command.RequestId) && command.Kind == CommandKind.Transaction =>
                command with
                {
                    RequestId = Guid.Empty,
                    Changes = [.. command.Changes.Where(change => change.Kind != CommandKind.Check)],
                },
            Mutation.ExpiredSessionHolds when command.Session != 0 && Tree.Sessions.Find(command.Session) is null =>
                command with { Session = 0 },
            Mutation.CloseLeavesFile when command.Kind == CommandKind.CloseSession => LeaveFile(command),
            _ => command,
        };
        ApplyResult result = cluster.Mutation == Mutation.HalfTransactionIsPublished && command.Kind == CommandKind.Transaction
            ? ApplyOneByOne(slot, position, command)
            : base.Apply(slot, position, asked);
        checks.Trees.OnApplied(node, slot, position, command, result);
        return result;
    }

    // The file stays as it is, but nobody holds it.
    private Command LeaveFile(in Command close)
    {
        if (Tree.Sessions.Find(close.Session)?.Files.FirstOrDefault() is { } path)
            base.Apply(0, 0, Command.Set(path, default, Command.Clobber));
        return close;
    }

    private ApplyResult ApplyOneByOne(long slot, int position, in Command transaction)
    {
        ApplyResult result = default;
        for (int i = 0; i < transaction.Changes.Count && result.Outcome == Outcome.Done; i++)
        {
            if (transaction.Changes[i].Kind != CommandKind.Check)
                result = base.Apply(slot, position, transaction.Changes[i]) with { Change = i };
        }

        return result.Outcome == Outcome.Done ? result with { Change = 0 } : result;
    }
}

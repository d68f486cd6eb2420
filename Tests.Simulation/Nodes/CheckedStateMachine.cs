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
            Mutation.CloseLeavesFile when command.Kind == CommandKind.CloseSession => LeaveFile(command),
            _ => command,
        };
        ApplyResult result = cluster.Mutation == Mutation.HalfTransactionIsPublished && MustSucceed(command)
            ? ApplyOneByOne(slot, position, command)
            : base.Apply(slot, position, asked);
        if (cluster.Mutation == Mutation.ExpiredSessionHolds && result.Outcome == Outcome.SessionExpired && command.Path != "/")
            result = base.Apply(slot, position, command with { RequestId = Guid.Empty, Session = 0 });
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

    private bool MustSucceed(in Command command) =>
        command is { Kind: CommandKind.Transaction, TreeLimit: > 1 << 20 }
        && command.Changes.All(change => change is { Kind: CommandKind.Set, Revision: Command.Clobber })
        && _asked.Add(command.RequestId);

    private ApplyResult ApplyOneByOne(long slot, int position, in Command transaction)
    {
        ApplyResult result = default;
        foreach (Command change in transaction.Changes)
        {
            result = base.Apply(slot, position, change);
            Tree.Publish();
        }

        return result;
    }
}

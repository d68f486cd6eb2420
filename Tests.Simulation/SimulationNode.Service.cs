using System.Buffers;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>What became of a write.</summary>
internal enum WriteStatus
{
    /// <summary>It is in the log, with a result.</summary>
    Applied,

    /// <summary>It was not done.</summary>
    NotDone,

    /// <summary>It may yet be done.</summary>
    Lost,
}

/// <summary>Serves clients: applies what is chosen, and answers reads, writes and waits.</summary>
internal sealed partial class SimulationNode
{
    private readonly List<WaitingRead> _reads = [];
    private readonly List<Wait> _waits = [];

    /// <summary>Proposes one command here; the answer comes when it is applied or lost, and not at all if the node stops.</summary>
    public ProposeResult Write(in Command command, Action<WriteStatus, ApplyResult> answer)
    {
        if (Replica is null)
            return ProposeResult.NotLeader;
        var encoded = new ArrayBufferWriter<byte>();
        command.Encode(encoded);
        var batch = new ArrayBufferWriter<byte>();
        Batch.Append(batch, encoded.WrittenSpan);
        ProposeResult result = Replica.Propose(new Submission(command.RequestId, answer), batch.WrittenMemory, 1);
        if (result == ProposeResult.Queued)
            SchedulePump();
        return result;
    }

    /// <summary>Asks this leader up to where a linearizable read must have applied; null when it could not be confirmed.</summary>
    public ProposeResult ReadIndex(Action<long?> answer)
    {
        if (Replica is null)
            return ProposeResult.NotLeader;
        if (_cluster.Mutation == Mutation.DeposedLeaderServesReads && Leads)
        {
            answer(Applied);
            return ProposeResult.Queued;
        }

        ProposeResult result = Replica.RequestRead(new PendingRead(_cluster.Safety.Observed, answer));
        if (result == ProposeResult.Queued)
            SchedulePump();
        return result;
    }

    /// <summary>Calls when the slot is applied here.</summary>
    public void WhenApplied(long slot, Action action)
    {
        if (slot <= Applied)
            action();
        else
            _reads.Add(new WaitingRead(slot, action));
    }

    /// <summary>Events from a revision on, at once if there are any, else when there are or the time has passed.</summary>
    public void WaitFor(Glob glob, long from, int max, long timeout, Action<EventPage> answer)
    {
        EventPage page = Tree.ReadEvents(from, glob, max, 1 << 20);
        if (page.TooLate || page.Events.Count > 0)
        {
            answer(page);
            return;
        }

        var wait = new Wait(glob, page.Next, max, answer);
        _waits.Add(wait);
        After(timeout, () =>
        {
            if (_waits.Remove(wait))
                answer(Tree.ReadEvents(wait.From, glob, max, 1 << 20));
        });
    }

    public bool TransferLeadership(string? to = null)
    {
        bool transfers = Replica?.TransferLeadership(to) ?? false;
        if (transfers)
            SchedulePump();
        return transfers;
    }

    private void Apply()
    {
        if (_cluster.Mutation == Mutation.SnapshotClaimsMoreThanItHas && _output.Chosen.Count > 0)
            _stale = Tree.Capture();
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            _cluster.Safety.OnChosen(Name, Applied + 1, chosen);
            Applied = chosen.Slot;
            Apply(chosen);
        }

        if (_output.Chosen.Count == 0)
            return;
        if (_cluster.Story.IsTold)
            _cluster.Story.Tell($"{Name} applies {DescribeChosen()}");
        Tree.Publish();
        _cluster.Trees.OnPublished(Name, Applied, Tree);
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            if (chosen.Proposals.Length == 0)
                continue;
            _cluster.Safety.OnAcknowledged(Name, chosen.Slot, chosen.Batch);
            foreach (Proposal proposal in chosen.Proposals)
            {
                var submission = (Submission)proposal.Token;
                submission.Answer(WriteStatus.Applied, submission.Result);
            }
        }

        AnswerWaiting();
    }

    private string DescribeChosen() => _output.Chosen.Count == 1
        ? $"slot {_output.Chosen[0].Slot}: {Story.Describe(_output.Chosen[0].Batch)}"
        : $"slots {_output.Chosen[0].Slot} to {_output.Chosen[^1].Slot}";

    private void Apply(ChosenBatch chosen)
    {
        int position = 0;
        foreach (ReadOnlyMemory<byte> encoded in chosen.Batch)
        {
            var command = Command.Decode(encoded);
            ApplyResult result = Tree.Apply(_cluster.Mutation == Mutation.RetryIsAppliedTwice ? command with { RequestId = Guid.Empty } : command);
            _cluster.Trees.OnApplied(Name, chosen.Slot, position, command, result);
            if (position < chosen.Proposals.Length)
            {
                var submission = (Submission)chosen.Proposals[position].Token;
                SimulationFailureException.Require(
                    submission.RequestId == command.RequestId, $"{Name} would answer a write with the result of another, in slot {chosen.Slot}");
                submission.Result = result;
            }

            position++;
        }
    }

    private void Answer()
    {
        foreach ((object? token, long slot) in _output.ReadsConfirmed)
        {
            var read = (PendingRead)token;
            SimulationFailureException.Require(
                slot >= read.ObservedBefore,
                $"{Name} confirmed a read at slot {slot}, but slot {read.ObservedBefore} was known before it began");
            read.Answer(slot);
        }

        foreach (object token in _output.ReadsFailed)
            ((PendingRead)token).Answer(null);
        foreach ((object? token, bool wasProposed) in _output.ProposalsLost)
        {
            var submission = (Submission)token;
            submission.Answer(wasProposed ? WriteStatus.Lost : WriteStatus.NotDone, default);
        }
    }

    private void AnswerWaiting()
    {
        for (int i = _reads.Count - 1; i >= 0; i--)
        {
            if (_reads[i].Slot > Applied)
                continue;
            WaitingRead read = _reads[i];
            _reads.RemoveAt(i);
            read.Action();
        }

        for (int i = _waits.Count - 1; i >= 0; i--)
        {
            Wait wait = _waits[i];
            EventPage page = Tree.ReadEvents(wait.From, wait.Glob, wait.Max, 1 << 20);
            wait.From = page.TooLate ? wait.From : page.Next;
            if (!page.TooLate && page.Events.Count == 0)
                continue;
            _waits.RemoveAt(i);
            wait.Answer(page);
        }
    }

    private readonly record struct WaitingRead(long Slot, Action Action);

    /// <param name="ObservedBefore">Highest slot that anybody outside was told of before the read began.</param>
    private sealed record PendingRead(long ObservedBefore, Action<long?> Answer);

    private sealed class Submission(Guid requestId, Action<WriteStatus, ApplyResult> answer)
    {
        public Guid RequestId => requestId;

        public Action<WriteStatus, ApplyResult> Answer => answer;

        public ApplyResult Result { get; set; }
    }

    private sealed class Wait(Glob glob, long from, int max, Action<EventPage> answer)
    {
        public Glob Glob => glob;

        public long From { get; set; } = from;

        public int Max => max;

        public Action<EventPage> Answer => answer;
    }
}

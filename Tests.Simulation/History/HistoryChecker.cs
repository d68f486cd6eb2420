using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// Decides whether a history is linearizable. Revisions make that simple: they are the one order, so it is enough that the order
/// in real time agrees with it, and that every read saw the files of its revision. The history must begin with an empty
/// namespace, hold every write that anybody made, and give every Set a value of its own.
/// </summary>
internal sealed class HistoryChecker
{
    private readonly List<Operation> _operations;
    private readonly Facts _facts;
    private readonly List<(long End, long Revision)> _known = [];
    private readonly List<(long Start, long Revision)> _later = [];

    private HistoryChecker(IEnumerable<Operation> operations)
    {
        _operations = [.. operations];
        _facts = new Facts(_operations);
    }

    /// <summary>Finds the first contradiction.</summary>
    /// <returns>A sentence that names it, or null when the history is linearizable.</returns>
    public static string? FindViolation(IEnumerable<Operation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        try
        {
            foreach (IGrouping<string, Operation> @namespace in operations.GroupBy(operation => operation.Namespace))
                new HistoryChecker(@namespace).Check();
            return null;
        }
        catch (SimulationFailureException violation)
        {
            return violation.Message;
        }
    }

    private void Check()
    {
        _facts.Collect();
        CollectKnown();
        CollectLater();
        _facts.MatchWrites(KnownBefore, KnownFrom);
        foreach (Operation operation in _operations)
        {
            if (operation.Outcome == OperationOutcome.Unknown)
                continue;
            long before = KnownBefore(operation.Start);
            if (operation.IsWrite)
                CheckWrite(operation, before);
            else if (operation.Kind == OperationKind.Wait)
                CheckWait(operation);
            else
                CheckRead(operation, before);
        }

        _facts.CheckGaps();
    }

    /// <summary>For every instant an operation ended: the highest revision that anybody had been told of by then.</summary>
    private void CollectKnown()
    {
        foreach (Operation operation in _operations)
        {
            if (operation.End is { } end && operation.Outcome != OperationOutcome.Unknown)
                _known.Add((end, operation.Kind == OperationKind.Wait ? HighestOf(operation) : operation.Revision));
        }

        _known.Sort();
        long highest = 0;
        foreach (ref (long End, long Revision) known in CollectionsMarshal.AsSpan(_known))
        {
            highest = Math.Max(highest, known.Revision);
            known.Revision = highest;
        }
    }

    /// <summary>For every instant a write began: the lowest revision that a write took which began then or later.</summary>
    private void CollectLater()
    {
        foreach (Operation operation in _operations)
        {
            if (operation is { IsWrite: true, Outcome: OperationOutcome.Ok })
                _later.Add((operation.Start, operation.Revision));
        }

        _later.Sort();
        long lowest = long.MaxValue;
        for (int i = _later.Count - 1; i >= 0; i--)
        {
            lowest = Math.Min(lowest, _later[i].Revision);
            _later[i] = (_later[i].Start, lowest);
        }
    }

    /// <summary>The lowest revision that a write took which began after the instant; beyond all when none did.</summary>
    private long TakenAfter(long instant)
    {
        int first = FirstWhere(_later.Count, i => _later[i].Start > instant);
        return first < _later.Count ? _later[first].Revision : long.MaxValue;
    }

    /// <summary>The instant from which on somebody had been told of the revision or a later one.</summary>
    private long KnownFrom(long revision)
    {
        int first = FirstWhere(_known.Count, i => _known[i].Revision >= revision);
        return first < _known.Count ? _known[first].End : long.MaxValue;
    }

    /// <summary>The highest revision that somebody had been told of strictly before the instant.</summary>
    private long KnownBefore(long instant)
    {
        int first = FirstWhere(_known.Count, i => _known[i].End >= instant);
        return first == 0 ? 0 : _known[first - 1].Revision;
    }

    /// <summary>The first of so many for which something holds, that holds for all after it too.</summary>
    private static int FirstWhere(int count, Func<int, bool> holds)
    {
        (int low, int high) = (0, count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (holds(middle))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private void CheckWrite(Operation write, long before)
    {
        if (write.Outcome == OperationOutcome.Failed)
        {
            CheckRefusal(write, before);
            return;
        }

        Require(
            write.Revision > before, write, $"revision {before} was known before it began, so it should have taken a later one");
        if (write.Kind == OperationKind.Nop)
            return;
        (long file, bool isSure) = _facts.FileAt(write.Path, write.Revision - 1);
        if (!isSure)
            return;
        Require(
            write.Condition < 0 || file <= write.Condition, write, $"the file was at revision {file}, so it should have failed");
        Require(write.Kind != OperationKind.Del || file > 0, write, $"there was no file to delete");
    }

    /// <summary>
    /// A write that named a revision in its way: that must have been the file's, and not for so short that it is stale.
    /// </summary>
    private void CheckRefusal(Operation write, long before)
    {
        if (write.Absent)
        {
            Require(
                _facts.MayBeAbsent(write.Path, before, TakenAfter(write.End ?? long.MaxValue)),
                write,
                $"the file was there all the time");
        }

        if (write.Revision == 0)
            return;
        Require(write.Condition >= 0 && write.Revision > write.Condition, write, $"its condition held");
        Require(
            !_facts.Contradicts(write.Revision, OperationKind.Set, write.Path),
            write,
            $"revision {write.Revision} did not write that file");
        long next = _facts.NextOf(write.Path, write.Revision);
        Require(next > before, write, $"revision {next} had changed the file, and {before} was known, before it began");
    }

    private void CheckRead(Operation read, long before)
    {
        if (read.Outcome == OperationOutcome.Failed)
            return;
        Require(
            read.Kind == OperationKind.Local
                || read.Revision >= before, read, $"it is stale: revision {before} was known before it began");
        Require(read.File <= read.Revision, read, $"the file is newer than the tree");
        (long file, bool isSure) = _facts.FileAt(read.Path, read.Revision);
        Require(!isSure || file == read.File, read, $"at revision {read.Revision} the file was at revision {file}");
        if (read.File > 0)
        {
            long next = _facts.NextOf(read.Path, read.File);
            Require(next > read.Revision, read, $"revision {next} had changed the file by then");
        }
    }

    private void CheckWait(Operation wait)
    {
        if (wait.Outcome == OperationOutcome.Failed)
            return;
        if (!Glob.TryParse(wait.Path, out Glob? glob, out string? reason))
            throw new SimulationFailureException($"The glob of a wait is not valid: {reason} ({wait})");
        long last = wait.Condition - 1;
        foreach (HistoryEvent found in wait.Events ?? [])
        {
            Require(found.Revision > last && found.Revision < wait.Revision, wait, $"revision {found.Revision} is out of order");
            Require(glob.Matches(found.Path), wait, $"revision {found.Revision} does not match");
            RequireNone(wait, glob, last + 1, found.Revision);
            last = found.Revision;
        }

        RequireNone(wait, glob, last + 1, wait.Revision);
    }

    private void RequireNone(Operation wait, Glob glob, long from, long to)
    {
        for (long revision = Math.Max(from, 1); revision < to; revision++)
        {
            if (_facts.At(revision) is { } missed)
                Require(!glob.Matches(missed.Path), wait, $"it missed revision {revision} of {missed.Path}");
        }
    }

    private static long HighestOf(Operation wait) => wait.Events is [.., var last] ? last.Revision : 0;

    private static void Require(
        bool holds,
        Operation operation,
        [InterpolatedStringHandlerArgument(nameof(holds))] ref SimulationFailureException.Otherwise otherwise)
    {
        if (!holds)
            throw new SimulationFailureException($"{otherwise.ToStringAndClear()}: {operation}");
    }
}

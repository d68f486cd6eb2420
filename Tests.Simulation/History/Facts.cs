using System.Runtime.InteropServices;

namespace Doozer.Simulation;

/// <summary>
/// What a history tells of each revision: acknowledged writes, what reads found, and what waits saw must all agree.
/// </summary>
internal sealed class Facts(List<Operation> operations)
{
    private readonly SortedDictionary<long, Fact> _byRevision = [];
    private readonly Dictionary<string, long> _revisionOfValue = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Operation> _writerOfValue = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(long Revision, bool IsSet)>> _byPath = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unsurePaths = new(StringComparer.Ordinal);
    private readonly HashSet<long> _acknowledged = [];
    private readonly List<Operation> _unmatched = [];
    private long _missing;

    public void Collect()
    {
        foreach (Operation operation in operations)
        {
            if (operation.Kind == OperationKind.Set && !_writerOfValue.TryAdd(operation.Value ?? "", operation))
                throw new SimulationFailureException($"The value is not unique in this history: {operation}");
        }

        foreach (Operation operation in operations)
            Add(operation);
        foreach ((long revision, Fact fact) in _byRevision)
        {
            if (fact.Kind == OperationKind.Nop)
                continue;
            if (!_byPath.TryGetValue(fact.Path, out List<(long Revision, bool IsSet)>? path))
                _byPath.Add(fact.Path, path = []);
            path.Add((revision, fact.Kind == OperationKind.Set));
        }

        // Until it is known which of them made what.
        foreach (Operation operation in operations)
        {
            if (operation is { IsWrite: true, Outcome: OperationOutcome.Unknown })
                _unsurePaths.Add(operation.Path);
        }

        CountMissing();
    }

    public (OperationKind Kind, string Path)? At(long revision) =>
        _byRevision.TryGetValue(revision, out Fact fact) ? (fact.Kind, fact.Path) : null;

    public bool Contradicts(long revision, OperationKind kind, string path) =>
        _byRevision.TryGetValue(revision, out Fact fact) && (fact.Kind != kind || fact.Path != path);

    /// <summary>
    /// The revision of the file in the tree of a revision, 0 if there is none; and whether that is sure: a write whose outcome is
    /// unknown may have changed the file unseen.
    /// </summary>
    public (long File, bool IsSure) FileAt(string path, long revision)
    {
        bool isSure = _missing == 0 || !_unsurePaths.Contains(path);
        if (!_byPath.TryGetValue(path, out List<(long Revision, bool IsSet)>? changes))
            return (0, isSure);
        int after = FirstAfter(changes, revision);
        return (after > 0 && changes[after - 1].IsSet ? changes[after - 1].Revision : 0, isSure);
    }

    /// <summary>The first revision after this one that changed the file; beyond all when there is none.</summary>
    public long NextOf(string path, long revision)
    {
        if (!_byPath.TryGetValue(path, out List<(long Revision, bool IsSet)>? changes))
            return long.MaxValue;
        int after = FirstAfter(changes, revision);
        return after < changes.Count ? changes[after].Revision : long.MaxValue;
    }

    /// <summary>
    /// Every revision was made by one write of its own: one that was acknowledged with it, or one whose outcome is unknown and
    /// that could have made it, by what it asked for and by the time.
    /// </summary>
    /// <param name="knownBefore">The highest revision that was known before an instant.</param>
    /// <param name="knownFrom">The instant from which on it was known that a revision exists.</param>
    public void MatchWrites(Func<long, long> knownBefore, Func<long, long> knownFrom)
    {
        var matching = new WriteMatching(
            operations.FindAll(operation => operation is { IsWrite: true, Outcome: OperationOutcome.Unknown }));
        foreach ((long revision, Fact fact) in _byRevision)
        {
            // The store's own files: no client writes there.
            if (fact.Path.StartsWith("/ctl/", StringComparison.Ordinal))
                continue;
            if (fact.Kind == OperationKind.Set)
                CheckWriter(revision, fact);
            if (_acknowledged.Contains(revision))
                continue;
            bool CouldHaveMade(Operation write) =>
                write.Kind == fact.Kind
                && write.Path == fact.Path
                && (write.Kind != OperationKind.Set || write.Value == fact.Value)
                && write.Start <= knownFrom(revision)
                && knownBefore(write.Start) < revision
                && MayBeDone(write, revision);
            if (!matching.TryAdd(CouldHaveMade))
            {
                throw new SimulationFailureException($"Revision {revision}, {fact.Kind} {fact.Path} '{fact.Value}', was made " +
                    $"by no write that could have made it: {fact.Source}");
            }
        }

        _unmatched.AddRange(matching.Unmatched);
        _unsurePaths.Clear();
        _unsurePaths.UnionWith(_unmatched.Select(write => write.Path));
    }

    /// <summary>Whether a file may have been absent at some revision from one on, and before another.</summary>
    public bool MayBeAbsent(string path, long from, long before)
    {
        if (_unmatched.Exists(write => write.Kind == OperationKind.Del && write.Path == path))
            return true;
        for (long revision = from; revision < before; revision = NextOf(path, revision))
        {
            if (FileAt(path, revision).File == 0)
                return true;
        }

        return false;
    }

    /// <summary>Revisions that nobody knows of can only be those of writes whose outcome is unknown.</summary>
    public void CheckGaps()
    {
        if (_missing <= _unmatched.Count)
            return;
        throw new SimulationFailureException(
            $"{_missing} revisions up to {_byRevision.Keys.Last()} belong to no write, but the outcome of only " +
            $"{_unmatched.Count} writes is unknown.");
    }

    private static int FirstAfter(List<(long Revision, bool IsSet)> changes, long revision)
    {
        (int low, int high) = (0, changes.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (changes[middle].Revision <= revision)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void Add(Operation operation)
    {
        if (operation.Outcome != OperationOutcome.Ok)
            return;
        if (operation.IsWrite)
        {
            if (!_acknowledged.Add(operation.Revision))
                throw new SimulationFailureException($"Another write took revision {operation.Revision} too: {operation}");
            Add(new HistoryEvent(operation.Revision, operation.Kind, operation.Path, operation.Value), operation);
        }
        else if (operation.File > 0)
        {
            Add(new HistoryEvent(operation.File, OperationKind.Set, operation.Path, operation.Value), operation);
        }

        foreach (HistoryEvent found in operation.Events ?? [])
            Add(found, operation);
    }

    private void Add(HistoryEvent told, Operation source)
    {
        if (told.Revision <= 0)
            throw new SimulationFailureException($"Revision {told.Revision} is impossible: {source}");
        if (_byRevision.TryGetValue(told.Revision, out Fact known))
        {
            if (known.Kind != told.Kind || known.Path != told.Path || known.Value != told.Value)
            {
                throw new SimulationFailureException($"Revision {told.Revision} is {told.Kind} {told.Path} '{told.Value}' " +
                    $"here, {source}, and something else there, {known.Source}");
            }

            // Whoever knew of it first says most about when it was written.
            if ((source.End ?? long.MaxValue) < (known.Source.End ?? long.MaxValue))
                _byRevision[told.Revision] = known with { Source = source };
            return;
        }

        _byRevision.Add(told.Revision, new Fact(told.Kind, told.Path, told.Value, source));
        if (told.Kind == OperationKind.Set && !_revisionOfValue.TryAdd(told.Value ?? "", told.Revision))
        {
            throw new SimulationFailureException($"'{told.Value}' was written twice, at revisions " +
                $"{_revisionOfValue[told.Value ?? ""]} and {told.Revision}: {source}");
        }
    }

    /// <summary>A value's own write is known, acknowledged or not.</summary>
    private void CheckWriter(long revision, Fact fact)
    {
        if (!_writerOfValue.TryGetValue(fact.Value!, out Operation? writer))
        {
            throw new SimulationFailureException($"Revision {revision} of {fact.Path} holds '{fact.Value}', which nobody " +
                $"wrote: {fact.Source}");
        }

        if (writer.Outcome == OperationOutcome.Failed)
            throw new SimulationFailureException($"A write that failed was done, at revision {revision}: {writer}");
        if (writer.Path != fact.Path || writer.Start > fact.Source.End)
        {
            throw new SimulationFailureException($"Revision {revision} does not fit the write that made it, {writer}: " +
                $"{fact.Source}");
        }
    }

    private bool MayBeDone(Operation write, long revision)
    {
        if (write.Kind == OperationKind.Nop)
            return true;
        (long file, bool isSure) = FileAt(write.Path, revision - 1);
        return !isSure || ((write.Condition < 0 || file <= write.Condition) && (write.Kind == OperationKind.Set || file > 0));
    }

    private void CountMissing()
    {
        long last = 0;
        foreach (long revision in _byRevision.Keys)
        {
            _missing += revision - last - 1;
            last = revision;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Fact(OperationKind Kind, string Path, string? Value, Operation Source);
}

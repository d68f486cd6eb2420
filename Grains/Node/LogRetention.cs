using System.Collections.Concurrent;
using Doozer.Storage;

namespace Doozer.Node;

/// <summary>From which segment on each namespace of the node needs the log that all of them share. Any thread.</summary>
/// <param name="log">The log.</param>
/// <param name="maxSegments">A namespace that needs more segments than this keeps the others from dropping theirs.</param>
internal sealed class LogRetention(INodeLog log, int maxSegments)
{
    private readonly ConcurrentDictionary<string, long> _neededFrom = new(StringComparer.Ordinal);

    /// <summary>The segment that no namespace needs one before.</summary>
    public long NeededFrom => _neededFrom.IsEmpty ? log.Sequence : _neededFrom.Values.Min();

    /// <summary>Begins to keep the log for a namespace, unless it is kept already. Before anything is appended for it.</summary>
    public void Keep(string @namespace, long from) => _neededFrom.TryAdd(@namespace, from);

    /// <summary>The namespace needs nothing before this segment any more.</summary>
    public void Advance(string @namespace, long from)
    {
        // What was begun for one that is deleted by now may end later.
        while (_neededFrom.TryGetValue(@namespace, out long before) && before < from)
        {
            if (_neededFrom.TryUpdate(@namespace, from, before))
                return;
        }
    }

    /// <summary>The namespace needs the log no more.</summary>
    public void Release(string @namespace) => _neededFrom.TryRemove(@namespace, out _);

    /// <summary>Whether whole segments could go if the namespace needed none but the present one.</summary>
    public bool KeepsFullSegmentsFor(string @namespace) => NeededBy(@namespace) < log.Sequence;

    /// <summary>Whether the namespace, busy or not, keeps too much of the log.</summary>
    public bool IsPinnedBy(string @namespace) => NeededBy(@namespace) < log.Sequence - maxSegments;

    private long NeededBy(string @namespace) => _neededFrom.TryGetValue(@namespace, out long from) ? from : long.MaxValue;
}

using Doozer.Tree;

namespace Doozer.Namespaces;

/// <summary>
/// Those who wait for events, found by the patterns of their globs: by the path of one that has no wildcards, else by its literal
/// head.
/// </summary>
internal sealed class WaiterIndex
{
    private readonly Dictionary<string, HashSet<EventWaiters.Waiter>> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<EventWaiters.Waiter>> _byHead = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, int> _headsOfLength = [];
    private int[] _lengths = [];

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    public void Insert(EventWaiters.Waiter waiter)
    {
        foreach (Glob part in waiter.Glob.Parts)
            Insert(waiter, IndexOf(part), part.Prefix);
        waiter.IsInserted = true;
        Count++;
    }

    /// <summary>Takes one out, if it is there.</summary>
    public void Remove(EventWaiters.Waiter waiter)
    {
        if (!waiter.IsInserted)
            return;
        foreach (Glob part in waiter.Glob.Parts)
            Remove(waiter, IndexOf(part), part.Prefix);
        waiter.IsInserted = false;
        Count--;
    }

    /// <summary>Takes all out.</summary>
    public EventWaiters.Waiter[] TakeAll()
    {
        EventWaiters.Waiter[] all = [.. _byPath.Values.Concat(_byHead.Values).SelectMany(static waiters => waiters)];
        foreach (EventWaiters.Waiter waiter in all)
            Remove(waiter);
        return all;
    }

    /// <summary>Adds those whom an event wakes, each once.</summary>
    public void Find(TreeEvent e, List<EventWaiters.Waiter> found)
    {
        if (_byPath.TryGetValue(e.Path, out HashSet<EventWaiters.Waiter>? waiters))
            Add(waiters);
        Dictionary<string, HashSet<EventWaiters.Waiter>>.AlternateLookup<ReadOnlySpan<char>> byHead =
            _byHead.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (int length in _lengths)
        {
            if (length > e.Path.Length)
                break;
            if (byHead.TryGetValue(e.Path.AsSpan(0, length), out waiters))
                Add(waiters);
        }

        void Add(HashSet<EventWaiters.Waiter> waiters)
        {
            foreach (EventWaiters.Waiter waiter in waiters)
            {
                if (!waiter.IsFound && e.Revision >= waiter.From && waiter.Glob.Matches(e.Path))
                {
                    waiter.IsFound = true;
                    found.Add(waiter);
                }
            }
        }
    }

    private Dictionary<string, HashSet<EventWaiters.Waiter>> IndexOf(Glob part) => part.IsLiteral ? _byPath : _byHead;

    private void Insert(EventWaiters.Waiter waiter, Dictionary<string, HashSet<EventWaiters.Waiter>> index, string head)
    {
        if (!index.TryGetValue(head, out HashSet<EventWaiters.Waiter>? waiters))
        {
            index[head] = waiters = [];
            if (index == _byHead)
                CountHead(head.Length, 1);
        }

        waiters.Add(waiter);
    }

    private void Remove(EventWaiters.Waiter waiter, Dictionary<string, HashSet<EventWaiters.Waiter>> index, string head)
    {
        // Parts may have the same head.
        if (!index.TryGetValue(head, out HashSet<EventWaiters.Waiter>? waiters) || !waiters.Remove(waiter) || waiters.Count > 0)
            return;
        index.Remove(head);
        if (index == _byHead)
            CountHead(head.Length, -1);
    }

    private void CountHead(int length, int more)
    {
        int count = _headsOfLength.GetValueOrDefault(length) + more;
        if (count == 0)
            _headsOfLength.Remove(length);
        else
            _headsOfLength[length] = count;
        if (count == 0 || count == more)
            _lengths = [.. _headsOfLength.Keys];
    }
}

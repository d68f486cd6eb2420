using System.Runtime.InteropServices;

namespace Doozer.Tree;

/// <summary>
/// The newest request ids with their results: a ring in the order they were applied, which is the same on every replica, and
/// chains of hashes to find them. It starts small and grows to its limit.
/// </summary>
/// <param name="limit">How many it remembers.</param>
internal sealed class RequestTable(int limit)
{
    private const int None = -1;
    private const int FirstCapacity = 256;

    private Entry[] _ring = new Entry[Math.Min(limit, FirstCapacity)];
    private int[] _buckets = NewBuckets(Math.Min(limit, FirstCapacity));
    private int _oldest;
    private int _count;

    /// <summary>Finds the result of a request.</summary>
    public bool TryGet(Guid id, out ApplyResult result)
    {
        for (int i = _buckets[Bucket(id)]; i != None; i = _ring[i].NextInBucket)
        {
            if (_ring[i].Id == id)
            {
                result = new ApplyResult(_ring[i].Outcome, _ring[i].Revision);
                return true;
            }
        }

        result = default;
        return false;
    }

    /// <summary>Remembers a request that is not there yet, and forgets the oldest when there are too many.</summary>
    public void Add(Guid id, ApplyResult result)
    {
        if (_count == limit)
            RemoveOldest();
        else if (_count == _ring.Length)
            Grow();

        int index = _oldest + _count++;
        if (index >= _ring.Length)
            index -= _ring.Length;
        _ring[index] = new Entry { Id = id, Revision = result.Revision, Outcome = result.Outcome };
        Link(index);
    }

    private static int[] NewBuckets(int capacity)
    {
        var buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
        Array.Fill(buckets, None);
        return buckets;
    }

    // The ids come from clients, so the hash has a seed of its own in each process, or somebody could send ids that all fall in
    // one bucket. It only decides where an id is looked for, never a result.
    private int Bucket(Guid id)
    {
        ReadOnlySpan<int> words = MemoryMarshal.Cast<Guid, int>(new ReadOnlySpan<Guid>(in id));
        return HashCode.Combine(words[0], words[1], words[2], words[3]) & (_buckets.Length - 1);
    }

    private void Link(int index)
    {
        ref int bucket = ref _buckets[Bucket(_ring[index].Id)];
        _ring[index].NextInBucket = bucket;
        bucket = index;
    }

    private void RemoveOldest()
    {
        ref int link = ref _buckets[Bucket(_ring[_oldest].Id)];
        while (link != _oldest)
            link = ref _ring[link].NextInBucket;
        link = _ring[_oldest].NextInBucket;
        _oldest = _oldest + 1 == _ring.Length ? 0 : _oldest + 1;
        _count--;
    }

    // Below the limit nothing has been removed, so the oldest is at 0.
    private void Grow()
    {
        Array.Resize(ref _ring, (int)Math.Min(limit, 2L * _ring.Length));
        _buckets = NewBuckets(_ring.Length);
        for (int i = 0; i < _count; i++)
            Link(i);
    }

    private struct Entry
    {
        public Guid Id;
        public long Revision;
        public int NextInBucket;
        public Outcome Outcome;
    }
}

using System.Runtime.InteropServices;

namespace Doozer.Tree;

/// <summary>
/// The newest request ids with their results, in the order they were applied, which is the same on every replica, and chains of
/// hashes to find them. It starts small and grows to its limit.
/// </summary>
/// <remarks>
/// The entries lie in pages that are only ever added to, so that <see cref="View"/> can hand them to another thread without
/// copying them; a page is let go, not used again, when its last entry is forgotten.
/// </remarks>
/// <param name="limit">How many it remembers.</param>
internal sealed class RequestTable(int limit)
{
    private const int None = -1;
    private const long NothingForgotten = -1;

    // One page more than the limit takes, for the entries of a page that are forgotten while others of it are not.
    private readonly int _mostPages = 1 + ((limit + RequestPage.Size - 1) / RequestPage.Size);

    private RequestPage[] _pages = [new RequestPage()];
    private RequestLink[] _links = new RequestLink[RequestPage.Size];
    private int[] _buckets = NewBuckets(RequestPage.Size);
    private long _added;
    private int _count;
    private long _forgotten = NothingForgotten;
    private ulong _remembered;

    /// <summary>The sum of the hashes of all that it remembers, and of what it has forgotten.</summary>
    public ulong Digest => _remembered + (ulong)(_forgotten - NothingForgotten);

    private long Oldest => _added - _count;

    /// <summary>
    /// The revision of the tree that the newest forgotten request was applied to; -1 when none is forgotten. A request whose
    /// floor is above it is not forgotten.
    /// </summary>
    public long Forgotten => _forgotten;

    /// <summary>Finds a request.</summary>
    public bool TryGet(Guid id, out RequestEntry found)
    {
        int hash = Hash(id);
        for (int place = _buckets[Bucket(hash)]; place != None; place = _links[place].Next)
        {
            if (_links[place].Hash != hash || EntryAt(place).Id != id)
                continue;
            found = EntryAt(place);
            return true;
        }

        found = default;
        return false;
    }

    /// <summary>Remembers a request that is not there yet, and forgets the oldest when there are too many.</summary>
    public void Add(in RequestEntry request)
    {
        if (_count == limit)
            RemoveOldest();
        if (_added > 0 && _added % RequestPage.Size == 0)
            BeginPage();

        int place = PlaceOf(_added);
        EntryAt(place) = request;
        _remembered += StateDigest.Of(request);
        _added++;
        _count++;
        Link(place);
    }

    /// <summary>Of a table that is loaded: one that was forgotten before.</summary>
    public void Forget(long appliedTo) => _forgotten = Math.Max(_forgotten, appliedTo);

    /// <summary>What it remembers now, for a reader on any thread.</summary>
    public RequestView View() => new([.. _pages], Oldest, _count, _forgotten);

    // Twice as many as entries: nearly all ids that are looked for are new, and most of those fall in an empty one.
    private static int[] NewBuckets(int capacity)
    {
        int[] buckets = new int[2 * (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
        Array.Fill(buckets, None);
        return buckets;
    }

    // The ids come from clients, so the hash has a seed of its own in each process, or somebody could send ids that all fall in
    // one bucket. It only decides where an id is looked for, never a result.
    private static int Hash(Guid id)
    {
        ReadOnlySpan<int> words = MemoryMarshal.Cast<Guid, int>(new ReadOnlySpan<Guid>(in id));
        return HashCode.Combine(words[0], words[1], words[2], words[3]);
    }

    private int Bucket(int hash) => hash & (_buckets.Length - 1);

    private int PlaceOf(long number) => (int)(number % _links.Length);

    private ref RequestEntry EntryAt(int place) => ref _pages[place / RequestPage.Size].Entries[place % RequestPage.Size];

    private void Link(int place)
    {
        int hash = Hash(EntryAt(place).Id);
        ref int bucket = ref _buckets[Bucket(hash)];
        _links[place] = new RequestLink(bucket, hash);
        bucket = place;
    }

    private void RemoveOldest()
    {
        int oldest = PlaceOf(Oldest);
        Forget(EntryAt(oldest).AppliedTo);
        ref int link = ref _buckets[Bucket(_links[oldest].Hash)];
        while (link != oldest)
            link = ref _links[link].Next;
        link = _links[oldest].Next;
        _remembered -= StateDigest.Of(EntryAt(oldest));
        _count--;
    }

    private void BeginPage()
    {
        // The page that the new one takes the place of holds only forgotten entries, unless the table is still growing.
        if (_count > (_pages.Length - 1) * RequestPage.Size)
            Grow();
        _pages[PlaceOf(_added) / RequestPage.Size] = new RequestPage();
    }

    private void Grow()
    {
        RequestPage[] old = _pages;
        _pages = new RequestPage[Math.Min(_mostPages, 2 * old.Length)];
        Array.Fill(_pages, RequestPage.None);
        long first = Oldest / RequestPage.Size;
        for (long page = first; page * RequestPage.Size < _added; page++)
            _pages[page % _pages.Length] = old[page % old.Length];

        _links = new RequestLink[_pages.Length * RequestPage.Size];
        _buckets = NewBuckets(_links.Length);
        for (long number = Oldest; number < _added; number++)
            Link(PlaceOf(number));
    }
}

/// <summary>
/// One request and its result. There are a million of them, so it is packed.
/// </summary>
internal readonly struct RequestEntry
{
    /// <summary>Highest <see cref="Digest"/>.</summary>
    public const int MaxDigest = (1 << (HighDigestBits + LowDigestBits)) - 1;

    private const int OutcomeBits = 4;
    private const int ChangeBits = 7;
    private const int HighDigestBits = 5;
    private const int LowDigestBits = 16;

    private readonly ulong _result;
    private readonly ulong _appliedTo;

    /// <param name="id">Its id.</param>
    /// <param name="result">Its result.</param>
    /// <param name="appliedTo">The revision of the tree that it was applied to.</param>
    /// <param name="digest">The command's <see cref="Command.Digest"/>; 0 when that is not known.</param>
    public RequestEntry(Guid id, ApplyResult result, long appliedTo, int digest)
    {
        Id = id;
        ulong revision = ((ulong)result.Revision << HighDigestBits) | ((uint)digest >> LowDigestBits);
        _result = (((revision << ChangeBits) | (uint)result.Change) << OutcomeBits) | (byte)result.Outcome;
        _appliedTo = ((ulong)appliedTo << LowDigestBits) | ((uint)digest & ((1 << LowDigestBits) - 1));
    }

    public Guid Id { get; }

    public ApplyResult Result => new(
        (Outcome)(_result & ((1 << OutcomeBits) - 1)),
        (long)(_result >> (OutcomeBits + ChangeBits + HighDigestBits)),
        (int)(_result >> OutcomeBits) & ((1 << ChangeBits) - 1));

    public long AppliedTo => (long)(_appliedTo >> LowDigestBits);

    public int Digest =>
        (int)((((_result >> (OutcomeBits + ChangeBits)) & ((1 << HighDigestBits) - 1)) << LowDigestBits)
            | (_appliedTo & ((1 << LowDigestBits) - 1)));
}

/// <summary>The next entry of a chain, and this one's hash, which tells most others without a look at their ids.</summary>
internal struct RequestLink(int next, int hash)
{
    public int Next = next;

    public readonly int Hash = hash;
}

/// <summary>Consecutive requests.</summary>
internal sealed class RequestPage
{
    public const int Size = 1024;

    /// <summary>Stands where no page is needed yet.</summary>
    public static readonly RequestPage None = new([]);

    public RequestPage()
        : this(new RequestEntry[Size])
    {
    }

    private RequestPage(RequestEntry[] entries) => Entries = entries;

    public RequestEntry[] Entries { get; }
}

/// <summary>The requests that a table remembered at one moment, oldest first.</summary>
internal sealed class RequestView(RequestPage[] pages, long oldest, int count, long forgotten)
{
    public int Count => count;

    /// <summary>As <see cref="RequestTable.Forgotten"/>.</summary>
    public long Forgotten => forgotten;

    public ref readonly RequestEntry this[int index]
    {
        get
        {
            long number = oldest + index;
            return ref pages[number / RequestPage.Size % pages.Length].Entries[number % RequestPage.Size];
        }
    }
}

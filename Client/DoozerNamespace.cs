using System.Runtime.CompilerServices;

namespace Doozer.Client;

/// <summary>One namespace over its grain.</summary>
internal class DoozerNamespace : IDoozerNamespace
{
    private readonly RequestSender _sender;
    private readonly NamespaceGrains _grains;
    private readonly SessionKeeper _keeper;
    private readonly SharedCalls? _writes;
    private readonly SharedCalls? _reads;
    private readonly SharedCalls? _localReads;
    private INamespaceGrain? _grain;
    private long _seen;

    /// <param name="grains">Finds its grain.</param>
    /// <param name="name">Its name.</param>
    /// <param name="sender">Sends requests to it.</param>
    public DoozerNamespace(NamespaceGrains grains, string name, RequestSender sender)
    {
        Name = name;
        _grains = grains;
        _sender = sender;
        _keeper = new SessionKeeper(name, sender.Time, KeepAliveAsync, CloseSessionAsync);

        // Each kind by itself: none waits for answers that take longer than its own.
        if (grains.ForMany is { } forMany)
        {
            _writes = new SharedCalls(() => forMany(name), sender);
            _reads = new SharedCalls(() => forMany(name), sender);
            _localReads = new SharedCalls(() => forMany(name), sender);
        }
    }

    public string Name { get; }

    public TimeProvider TimeProvider => _sender.Time;

    // Not in the constructor: Orleans resolves a grain's type only once the client is connected, and an application may ask its
    // container for the client before that.
    private INamespaceGrain Grain => _grain ??= _grains.ForOne(Name);

    /// <summary>Makes the namespace.</summary>
    public Task<long> CreateAsync(int replicas, CancellationToken cancellationToken) =>
        WriteToListAsync(new CreateRequest(replicas, Guid.NewGuid(), Floor: 0), cancellationToken);

    /// <summary>Deletes the namespace.</summary>
    public Task<long> DeleteAsync(CancellationToken cancellationToken) =>
        WriteToListAsync(new DeleteRequest(Guid.NewGuid(), Floor: 0), cancellationToken);

    public Task<FileContent> GetAsync(
        string path,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable,
        CancellationToken cancellationToken = default) =>
        _sender.SendAsync<GetRequest, FileContent>(
            Grain,
            new GetRequest(path, revision, mode, mode == ReadMode.Local ? _localReads : _reads),
            cancellationToken);

    public Task<EntryStat> StatAsync(
        string path,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable,
        CancellationToken cancellationToken = default) =>
        _sender.SendAsync<StatRequest, EntryStat>(Grain, new StatRequest(path, revision, mode), cancellationToken);

    public async IAsyncEnumerable<DirectoryEntry> ListAsync(
        string path,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (string after = ""; ;)
        {
            var request = new GetDirRequest(path, after, _sender.Options.PageSize, revision, mode);
            DirectoryPage page = await _sender.SendAsync<GetDirRequest, DirectoryPage>(Grain, request, cancellationToken);
            foreach (DirectoryEntry entry in page.Entries)
                yield return entry;
            if (!page.More)
                yield break;
            (after, revision) = (page.Entries[^1].Name, page.TreeRevision);
        }
    }

    public async IAsyncEnumerable<WalkedFile> WalkAsync(
        string glob,
        long revision = Revisions.Latest,
        ReadMode mode = ReadMode.Linearizable,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (string after = ""; ;)
        {
            var request = new WalkRequest(glob, after, _sender.Options.PageSize, revision, mode);
            WalkPage page = await _sender.SendAsync<WalkRequest, WalkPage>(Grain, request, cancellationToken);
            foreach (WalkedFile file in page.Files)
                yield return file;
            if (!page.More)
                yield break;
            (after, revision) = (page.GoOnAfter ?? page.Files[^1].Path, page.TreeRevision);
        }
    }

    // The body is copied: a silo in this process keeps the array it is given, and a late attempt may still read it when the
    // caller has long gone on.
    public Task<long> SetAsync(
        string path,
        ReadOnlyMemory<byte> body,
        long revision,
        Guid requestId = default,
        long? floor = null,
        long session = 0,
        CancellationToken cancellationToken = default) =>
        WriteAsync(
            new SetRequest(path, body.ToArray(), revision, IdOrNew(requestId), floor, session, _writes),
            requestId == default,
            cancellationToken);

    public Task<long> AddAsync(
        string path,
        ReadOnlyMemory<byte> body,
        Guid requestId = default,
        long? floor = null,
        long session = 0,
        CancellationToken cancellationToken = default) =>
        SetAsync(path, body, Revisions.Missing, requestId, floor, session, cancellationToken);

    public Task<long> DeleteAsync(
        string path,
        long revision,
        Guid requestId = default,
        long? floor = null,
        CancellationToken cancellationToken = default) =>
        WriteAsync(new DelRequest(path, revision, IdOrNew(requestId), floor, _writes), requestId == default, cancellationToken);

    public Task<long> NopAsync(
        Guid requestId = default, long? floor = null, CancellationToken cancellationToken = default) =>
        WriteAsync(new NopRequest(IdOrNew(requestId), floor), requestId == default, cancellationToken);

    public Task<long> TransactAsync(
        IReadOnlyList<Change> changes,
        Guid requestId = default,
        long? floor = null,
        CancellationToken cancellationToken = default) =>
        WriteAsync(
            new TransactRequest(Copy(changes), IdOrNew(requestId), floor), requestId == default, cancellationToken);

    public Task<Session> OpenSessionAsync(
        TimeSpan? ttl = null, string? owner = null, CancellationToken cancellationToken = default)
    {
        TimeSpan lasting = ttl ?? TimeSpan.FromSeconds(10);
        string whose = owner ?? $"{Environment.MachineName}:{Environment.ProcessId}";
        return _keeper.OpenAsync(lasting, whose, () => WriteAsync(
            new OpenSessionRequest(lasting, whose, Guid.NewGuid(), null), isNew: true, cancellationToken));
    }

    public async Task<long> RevisionAsync(
        ReadMode mode = ReadMode.Linearizable,
        CancellationToken cancellationToken = default) =>
        Seen(await _sender.SendAsync<RevRequest, long>(Grain, new RevRequest(mode), cancellationToken));

    public Task<NamespaceStatus> StatusAsync(CancellationToken cancellationToken = default) =>
        _sender.SendAsync<StatusRequest, NamespaceStatus>(Grain, new StatusRequest(), cancellationToken);

    public Task<WaitResult> WaitAsync(
        string glob,
        long fromRevision,
        TimeSpan timeout,
        int max = Limits.PageSize,
        CancellationToken cancellationToken = default)
    {
        if (timeout < TimeSpan.Zero)
            throw new InvalidArgumentException(nameof(timeout), $"it is {timeout}; give zero or more");
        return new EventCursor(_sender, Grain, glob, fromRevision, max).WaitAsync(timeout, cancellationToken);
    }

    public IAsyncEnumerable<FileEvent> WatchAsync(
        string glob,
        long fromRevision = Revisions.Latest,
        CancellationToken cancellationToken = default) =>
        new EventCursor(_sender, Grain, glob, fromRevision, Limits.PageSize).WatchAsync(cancellationToken);

    /// <summary>
    /// The floor of a write is what this client had seen before, for all its attempts. A client that has seen nothing for long is
    /// told by the first attempt, which then surely did nothing, and begins again from there.
    /// </summary>
    private async Task<long> WriteAsync<TRequest>(TRequest request, bool isNew, CancellationToken cancellationToken)
        where TRequest : struct, IWriteRequest<TRequest>
    {
        if (!isNew)
            return Seen(await _sender.SendAsync<TRequest, long>(Grain, request, cancellationToken));
        try
        {
            request = request.WithFloor(Interlocked.Read(ref _seen));
            return Seen(await _sender.SendAsync<TRequest, long>(Grain, request, cancellationToken));
        }
        catch (RequestTooOldException refused)
        {
            request = request.WithFloor(Seen(refused.Current));
            return Seen(await _sender.SendAsync<TRequest, long>(Grain, request, cancellationToken));
        }
    }

    // The list has other revisions than the namespace.
    private async Task<long> WriteToListAsync<TRequest>(TRequest request, CancellationToken cancellationToken)
        where TRequest : struct, IWriteRequest<TRequest>
    {
        try
        {
            return await _sender.SendAsync<TRequest, long>(Grain, request, cancellationToken);
        }
        catch (RequestTooOldException refused)
        {
            return await _sender.SendAsync<TRequest, long>(Grain, request.WithFloor(refused.Current), cancellationToken);
        }
    }

    /// <summary>One attempt, which ends with its gateway: the keeper knows when the next must come.</summary>
    private Task<long[]> KeepAliveAsync(long[] sessions)
    {
        CancellationToken lost = _sender.Gateways.Lost;
        Task<long[]> attempt = Grain.KeepAlive(sessions);
        attempt.Ignore();
        return attempt.WaitAsync(lost);
    }

    private Task<long> CloseSessionAsync(long session, CancellationToken cancellationToken) =>
        WriteAsync(new CloseSessionRequest(session, Guid.NewGuid(), null), isNew: true, cancellationToken);

    private long Seen(long revision)
    {
        long seen = Interlocked.Read(ref _seen);
        while (revision > seen && Interlocked.CompareExchange(ref _seen, revision, seen) is var other && other != seen)
            seen = other;
        return revision;
    }

    // For the reason that a body is copied.
    private static Change[] Copy(IReadOnlyList<Change> changes) =>
        [.. changes.Select(static change => change with { Body = [.. change.Body] })];

    private static Guid IdOrNew(Guid requestId) => requestId == Guid.Empty ? Guid.NewGuid() : requestId;
}

using Doozer.Grains;
using Doozer.Placement;
using Doozer.Replicas;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Namespaces;

/// <summary>
/// Serves one namespace on this silo, by its <see cref="NamespaceServer"/>. A request for one that does not exist is refused, and
/// leaves nothing behind.
/// </summary>
[Reentrant]
[StatelessWorker(1)]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class NamespaceGrain(
    ReplicaDrivers replicas, NamespaceServers servers, DoozerOptions options, TimeProvider time)
    : Grain, ILocalNamespaceGrain, IFileRequestsGrain
{
    private NamespaceServer? _server;
    private int _unserved;

    private string Name => this.GetPrimaryKeyString();

    private INamespaceListGrain List => GrainFactory.GetGrain<INamespaceListGrain>(Names.Main);

    public Task<long> Create(Guid requestId, long? floor, int replicas) =>
        Observed("create-namespace", () => Unserved(() => List.Create(Name, requestId, floor, replicas)));

    public Task<long> Delete(Guid requestId, long? floor) =>
        Observed("delete-namespace", () => Unserved(() => List.Delete(Name, requestId, floor)));

    public Task<FileContent> Get(string path, long revision, ReadMode mode) =>
        Serve("get", mode, server => server.Get(path, revision, mode));

    public Task<EntryStat> Stat(string path, long revision, ReadMode mode) =>
        Serve("stat", mode, server => server.Stat(path, revision, mode));

    public Task<DirectoryPage> GetDir(string path, string after, int limit, long revision, ReadMode mode) =>
        Serve("list", mode, server => server.GetDir(path, after, limit, revision, mode));

    public Task<WalkPage> Walk(string glob, string after, int limit, long revision, ReadMode mode) =>
        Serve("walk", mode, server => server.Walk(glob, after, limit, revision, mode));

    public Task<long> Set(string path, byte[] body, long revision, Guid requestId, long? floor, long session) =>
        Serve("set", server => server.Set(path, body, revision, requestId, floor, session));

    public Task<long> Del(string path, long revision, Guid requestId, long? floor) =>
        Serve("del", server => server.Del(path, revision, requestId, floor));

    public Task<long> Nop(Guid requestId, long? floor) => Serve("nop", server => server.Nop(requestId, floor));

    public Task<long> Transact(Change[] changes, Guid requestId, long? floor) =>
        Serve("transact", server => server.Transact(changes, requestId, floor));

    public Task<long> OpenSession(TimeSpan ttl, string owner, Guid requestId, long? floor) =>
        Serve("open-session", server => server.OpenSession(ttl, owner, requestId, floor));

    public Task<long[]> KeepAlive(long[] sessions) => Serve("keep-alive", server => server.KeepAlive(sessions));

    public Task<long> CloseSession(long session, Guid requestId, long? floor) =>
        Serve("close-session", server => server.CloseSession(session, requestId, floor));

    public Task<long> Rev(ReadMode mode) => Serve("rev", mode, server => server.Rev(mode));

    public Task<WaitResult> Wait(string glob, long revision, int max, TimeSpan timeout, ReadMode mode) =>
        Serve("wait", mode, server => server.Wait(glob, revision, max, timeout, mode));

    public Task<FileAnswer[]> Answer(Immutable<FileRequest[]> requests)
    {
        Arguments.RequireRequests(requests.Value);
        return RequestMeter.IsOn
            ? RequestMeter.Run(Name, requests.Value, AnswerAll, time)
            : AnswerAll(requests.Value);
    }

    public async Task<Immutable<FileContent>> GetShared(string path, long revision, ReadMode mode) =>
        new(await Get(path, revision, mode));

    public async Task<Immutable<WalkPage>> WalkShared(string glob, string after, int limit, long revision, ReadMode mode) =>
        new(await Walk(glob, after, limit, revision, mode));

    public async Task<Immutable<WaitResult>> WaitShared(
        string glob, long revision, int max, TimeSpan timeout, ReadMode mode) =>
        new(await Wait(glob, revision, max, timeout, mode));

    public Task<TreeDigest> Digest(long revision) => Serve("digest", ReadMode.Local, server => server.Digest(revision));

    public Task TransferLeadership(string node) => Serve<bool>(
        "transfer-leadership",
        ReadMode.Linearizable,
        async server =>
        {
            await server.TransferLeadership(node);
            return true;
        });

    public Task<NamespaceStatus> Status() => Ask(ReadMode.Local, static server => server.Status());

    private async Task<FileAnswer[]> AnswerAll(FileRequest[] requests)
    {
        FileAnswer[] answers = await Task.WhenAll(Array.ConvertAll(requests, Answer));
        long bytes = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            if (bytes > Limits.PageBytes && answers[i].Content is not null)
                answers[i] = FileAnswer.None;
            bytes += answers[i].Content?.Body.Length ?? 0;
        }

        return answers;
    }

    private async Task<FileAnswer> Answer(FileRequest request)
    {
        try
        {
            return request.Operation switch
            {
                FileOperation.Get => new FileAnswer(Content: await Ask(
                    request.Mode, server => server.Get(request.Path, request.Revision, request.Mode))),
                FileOperation.Set => new FileAnswer(await Ask(ReadMode.Linearizable, server => server.Set(
                    request.Path, request.Body!, request.Revision, request.RequestId, request.Floor, request.Session))),
                FileOperation.Del => new FileAnswer(await Ask(ReadMode.Linearizable, server => server.Del(
                    request.Path, request.Revision, request.RequestId, request.Floor))),
                _ => throw new InvalidArgumentException("requests", $"one of them asks for operation {request.Operation:D}"),
            };
        }
        catch (Exception exception)
        {
            return new FileAnswer(Error: exception);
        }
    }

    private Task<long> Serve(string operation, Func<NamespaceServer, Task<long>> write) =>
        Serve(operation, ReadMode.Linearizable, write);

    private Task<long[]> Serve(string operation, Func<NamespaceServer, Task<long[]>> request) =>
        Serve(operation, ReadMode.Linearizable, request);

    private Task<T> Serve<T>(string operation, ReadMode mode, Func<NamespaceServer, Task<T>> request) =>
        Observed(operation, () => Ask(mode, request));

    private Task<T> Ask<T>(ReadMode mode, Func<NamespaceServer, Task<T>> request) => _server is { IsDeleted: false } server
        ? AskUnlessDeleted(server, mode, request)
        : Unserved(async () => await AskUnlessDeleted(await Find(mode), mode, request));

    // A namespace that is deleted while it is asked has done nothing, but may have been made again.
    private async Task<T> AskUnlessDeleted<T>(NamespaceServer server, ReadMode mode, Func<NamespaceServer, Task<T>> request)
    {
        while (true)
        {
            try
            {
                return await request(server);
            }
            catch (NoNamespaceException) when (server.IsDeleted)
            {
                server = await Unserved(() => Find(mode));
            }
        }
    }

    private Task<T> Observed<T>(string operation, Func<Task<T>> request) =>
        RequestMeter.IsOn ? RequestMeter.Run(Name, operation, request, time) : request();

    /// <summary>Answers before there is a server. So that names cost nothing, the grain goes when all are answered.</summary>
    private async Task<T> Unserved<T>(Func<Task<T>> answer)
    {
        _unserved++;
        try
        {
            return await answer();
        }
        finally
        {
            if (--_unserved == 0 && _server is not { IsDeleted: false })
                DeactivateOnIdle();
        }
    }

    /// <summary>
    /// Finds the namespace's server. This node's list may be behind: that a namespace is not on it counts only once all is there
    /// that was on it when the request came.
    /// </summary>
    private async Task<NamespaceServer> Find(ReadMode mode)
    {
        Names.RequireNamespace(Name);
        ReplicaDriver? replica = replicas.Find(Name);
        if (replica is not { IsDeleted: false } && mode == ReadMode.Linearizable)
        {
            await GrainFactory.GetGrain<INamespaceGrain>(Names.Main).Rev();
            replica = replicas.Find(Name);
        }

        if (replica is not { IsDeleted: false })
            throw new NoNamespaceException(Name);

        // Wakes the replica's grain, which then keeps itself awake.
        await GrainFactory.GetGrain<IReplicaGrain>(Names.ReplicaKey(replica.Group.ToString(), options.Node)).Status();
        if (_server is null || _server.Group != replica.Group)
            _server = servers.Create(replica, GrainFactory);
        return _server;
    }
}

namespace Doozer.Client;

/// <summary>
/// One request to a namespace, ready to be sent any number of times. A struct each, so that a request costs no closure and no
/// delegate.
/// </summary>
/// <typeparam name="T">The answer.</typeparam>
internal interface IRequest<T>
{
    /// <summary>What is asked for, in the words of traces.</summary>
    static abstract string Operation { get; }

    /// <summary>Identity of a write; empty for a read.</summary>
    Guid RequestId { get; }

    /// <summary>How long the grain may rightly keep silent; zero but for long polls.</summary>
    TimeSpan Poll { get; }

    /// <summary>
    /// The revision asked for is known to exist, so a silo that has not heard of it is merely behind and another attempt helps.
    /// </summary>
    bool RevisionExists { get; }

    Task<T> Send(INamespaceGrain grain);

    /// <summary>The first attempt, which may share a call with other requests.</summary>
    Task<T> SendFirst(INamespaceGrain grain) => Send(grain);
}

/// <summary>A request that may share a call with others.</summary>
/// <typeparam name="T">The answer.</typeparam>
internal interface IFileRequest<T> : IRequest<T>
{
    /// <summary>What it asks for.</summary>
    FileRequest File { get; }

    /// <summary>The answer to it.</summary>
    static abstract T From(in FileAnswer answer);
}

/// <summary>A request that writes, and is answered with its revision.</summary>
/// <typeparam name="TSelf">The request.</typeparam>
internal interface IWriteRequest<TSelf> : IRequest<long>
    where TSelf : struct
{
    /// <summary>The same request with another floor.</summary>
    TSelf WithFloor(long floor);
}

internal readonly record struct GetRequest(string Path, long Revision, ReadMode Mode, SharedCalls? Shared)
    : IFileRequest<FileContent>
{
    public static string Operation => "get";
    public Guid RequestId => Guid.Empty;
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public FileRequest File => new(FileOperation.Get, Path, Revision, Mode);
    public static FileContent From(in FileAnswer answer) => answer.Content!;
    public Task<FileContent> Send(INamespaceGrain grain) => grain.Get(Path, Revision, Mode);
    public Task<FileContent> SendFirst(INamespaceGrain grain) =>
        Shared is null ? Send(grain) : Shared.Send<GetRequest, FileContent>(this, grain);
}

internal readonly record struct StatRequest(string Path, long Revision, ReadMode Mode) : IRequest<EntryStat>
{
    public static string Operation => "stat";
    public Guid RequestId => Guid.Empty;
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<EntryStat> Send(INamespaceGrain grain) => grain.Stat(Path, Revision, Mode);
}

internal readonly record struct GetDirRequest(string Path, string After, int Limit, long Revision, ReadMode Mode)
    : IRequest<DirectoryPage>
{
    public static string Operation => "list";
    public Guid RequestId => Guid.Empty;
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => After.Length != 0;
    public Task<DirectoryPage> Send(INamespaceGrain grain) => grain.GetDir(Path, After, Limit, Revision, Mode);
}

internal readonly record struct WalkRequest(
    string Glob, string After, int Limit, long Revision, ReadMode Mode) : IRequest<WalkPage>
{
    public static string Operation => "walk";
    public Guid RequestId => Guid.Empty;
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => After.Length != 0;
    public Task<WalkPage> Send(INamespaceGrain grain) => grain.Walk(Glob, After, Limit, Revision, Mode);
}

internal readonly record struct SetRequest(
    string Path, byte[] Body, long Revision, Guid RequestId, long? Floor, long Session, SharedCalls? Shared)
    : IWriteRequest<SetRequest>, IFileRequest<long>
{
    public static string Operation => "set";
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public FileRequest File =>
        new(FileOperation.Set, Path, Revision, Body: Body, RequestId: RequestId, Floor: Floor, Session: Session);
    public static long From(in FileAnswer answer) => answer.Revision;
    public Task<long> Send(INamespaceGrain grain) => grain.Set(Path, Body, Revision, RequestId, Floor, Session);
    public Task<long> SendFirst(INamespaceGrain grain) =>
        Shared is null ? Send(grain) : Shared.Send<SetRequest, long>(this, grain);
    public SetRequest WithFloor(long floor) => this with { Floor = floor };
}

internal readonly record struct DelRequest(string Path, long Revision, Guid RequestId, long? Floor, SharedCalls? Shared)
    : IWriteRequest<DelRequest>, IFileRequest<long>
{
    public static string Operation => "del";
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public FileRequest File => new(FileOperation.Del, Path, Revision, RequestId: RequestId, Floor: Floor);
    public static long From(in FileAnswer answer) => answer.Revision;
    public Task<long> Send(INamespaceGrain grain) => grain.Del(Path, Revision, RequestId, Floor);
    public Task<long> SendFirst(INamespaceGrain grain) =>
        Shared is null ? Send(grain) : Shared.Send<DelRequest, long>(this, grain);
    public DelRequest WithFloor(long floor) => this with { Floor = floor };
}

internal readonly record struct NopRequest(Guid RequestId, long? Floor) : IWriteRequest<NopRequest>
{
    public static string Operation => "nop";
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<long> Send(INamespaceGrain grain) => grain.Nop(RequestId, Floor);
    public NopRequest WithFloor(long floor) => this with { Floor = floor };
}

internal readonly record struct TransactRequest(Change[] Changes, Guid RequestId, long? Floor) : IWriteRequest<TransactRequest>
{
    public static string Operation => "transact";
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<long> Send(INamespaceGrain grain) => grain.Transact(Changes, RequestId, Floor);
    public TransactRequest WithFloor(long floor) => this with { Floor = floor };
}

internal readonly record struct OpenSessionRequest(TimeSpan Ttl, string Owner, Guid RequestId, long? Floor)
    : IWriteRequest<OpenSessionRequest>
{
    public static string Operation => "open-session";
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<long> Send(INamespaceGrain grain) => grain.OpenSession(Ttl, Owner, RequestId, Floor);
    public OpenSessionRequest WithFloor(long floor) => this with { Floor = floor };
}

internal readonly record struct CloseSessionRequest(long Session, Guid RequestId, long? Floor)
    : IWriteRequest<CloseSessionRequest>
{
    public static string Operation => "close-session";
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<long> Send(INamespaceGrain grain) => grain.CloseSession(Session, RequestId, Floor);
    public CloseSessionRequest WithFloor(long floor) => this with { Floor = floor };
}

internal readonly record struct CreateRequest(int Replicas, Guid RequestId, long? Floor) : IWriteRequest<CreateRequest>
{
    public static string Operation => "create-namespace";
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<long> Send(INamespaceGrain grain) => grain.Create(RequestId, Floor, Replicas);
    public CreateRequest WithFloor(long floor) => this with { Floor = floor };
}

internal readonly record struct DeleteRequest(Guid RequestId, long? Floor) : IWriteRequest<DeleteRequest>
{
    public static string Operation => "delete-namespace";
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<long> Send(INamespaceGrain grain) => grain.Delete(RequestId, Floor);
    public DeleteRequest WithFloor(long floor) => this with { Floor = floor };
}

internal readonly record struct RevRequest(ReadMode Mode) : IRequest<long>
{
    public static string Operation => "rev";
    public Guid RequestId => Guid.Empty;
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<long> Send(INamespaceGrain grain) => grain.Rev(Mode);
}

internal readonly record struct WaitRequest(string Glob, long Revision, int Max, TimeSpan Poll) : IRequest<WaitResult>
{
    public static string Operation => "wait";
    public Guid RequestId => Guid.Empty;
    public bool RevisionExists => false;
    public Task<WaitResult> Send(INamespaceGrain grain) => grain.Wait(Glob, Revision, Max, Poll);
}

internal readonly record struct StatusRequest : IRequest<NamespaceStatus>
{
    public static string Operation => "status";
    public Guid RequestId => Guid.Empty;
    public TimeSpan Poll => TimeSpan.Zero;
    public bool RevisionExists => false;
    public Task<NamespaceStatus> Send(INamespaceGrain grain) => grain.Status();
}

using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Doozer.Client;
using Doozer.Tests.Silo;

namespace Doozer.Tests.Client;

/// <summary>What happens to a call.</summary>
internal enum Fault
{
    None,

    /// <summary>It does not arrive, and the caller is told so.</summary>
    NotDone,

    /// <summary>It does not arrive, and the caller does not know.</summary>
    Vanishes,

    /// <summary>It is done, and the answer is lost.</summary>
    AnswerLost,

    /// <summary>It does not arrive, and nothing is ever heard of it.</summary>
    Hangs,

    /// <summary>It is done, and nothing is ever heard of it.</summary>
    AnswerHangs,
}

/// <summary>The real tree, with sessions that end by virtual time, and clients with a connection each.</summary>
internal sealed class TestStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (TimeSpan Ttl, TimeSpan Until)> _sessions = [];
    private readonly ITimer _expiry;

    public TestStore() =>
        _expiry = Time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public VirtualTime Time { get; } = new();

    public FakeNamespace Tree { get; } = new();

    /// <summary>Requests to keep sessions alive that have arrived.</summary>
    public int KeepAlives { get; private set; }

    public (IDoozerClient Client, TestConnection Connection) Connect()
    {
        INamespaceGrain grain = DispatchProxy.Create<INamespaceGrain, TestConnection>();
        var connection = (TestConnection)(object)grain;
        connection.Store = this;
        return (
            new DoozerClient(
                new NamespaceGrains(_ => grain), new DoozerClientOptions(), new GatewayWatch(), Time, new Random(1)),
            connection);
    }

    /// <summary>Names of the files in a directory.</summary>
    public async Task<string[]> FilesIn(string directory)
    {
        try
        {
            DirectoryPage page = await Tree.GetDir(directory, "", Limits.PageSize, Revisions.Latest, ReadMode.Local);
            return [.. page.Entries.Select(entry => entry.Name)];
        }
        catch (NotFoundException)
        {
            return [];
        }
    }

    /// <summary>Fires timers, one after the other, until something is so.</summary>
    public async Task RunUntil(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
        while (!condition())
        {
            // What was fired last goes on, on other threads, before more time passes.
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, patience.Token);
            if (!condition())
                Time.TryFire(TimeSpan.FromSeconds(10));
        }
    }

    public async Task<T> Run<T>(Task<T> task)
    {
        await RunUntil(() => task.IsCompleted);
        return await task;
    }

    public object? Serve(MethodInfo method, object?[] arguments)
    {
        lock (_gate)
        {
            switch (method.Name)
            {
                case nameof(INamespaceGrain.Wait):
                    return Wait((string)arguments[0]!, (long)arguments[1]!, (int)arguments[2]!, (TimeSpan)arguments[3]!);
                case nameof(INamespaceGrain.KeepAlive):
                    KeepAlives++;
                    return Task.FromResult(KeepAlive((long[])arguments[0]!));
            }

            object? answer = method.Invoke(Tree, BindingFlags.DoNotWrapExceptions, null, arguments, null);
            if (method.Name == nameof(INamespaceGrain.OpenSession) && answer is Task<long> { IsCompletedSuccessfully: true } id)
            {
                var ttl = (TimeSpan)arguments[0]!;
                _sessions[id.Result] = (ttl, Time.Now + ttl);
                Arm();
            }

            return answer;
        }
    }

    private long[] KeepAlive(long[] sessions)
    {
        Expire();
        long[] over = Tree.KeepAlive(sessions).Result;
        foreach (long id in sessions.Except(over))
            _sessions[id] = (_sessions[id].Ttl, Time.Now + _sessions[id].Ttl);
        Arm();
        return over;
    }

    private void Expire()
    {
        lock (_gate)
        {
            long[] over = [.. _sessions.Where(session => session.Value.Until <= Time.Now).Select(session => session.Key)];
            foreach (long id in over)
            {
                _sessions.Remove(id);
                if (Tree.KeepAlive([id]).Result.Length == 0)
                    _ = Tree.CloseSession(id, Guid.NewGuid());
            }

            Arm();
        }
    }

    private void Arm() => _expiry.Change(
        _sessions.Count == 0 ? Timeout.InfiniteTimeSpan : _sessions.Values.Min(session => session.Until) - Time.Now,
        Timeout.InfiniteTimeSpan);

    private async Task<WaitResult> Wait(string glob, long revision, int max, TimeSpan timeout)
    {
        Task<WaitResult> waiting = Tree.Wait(glob, revision, max, timeout, ReadMode.Linearizable);
        if (!waiting.IsCompleted)
        {
            using var enough = new CancellationTokenSource();
            await Task.WhenAny(waiting, Task.Delay(timeout, Time, enough.Token));
            await enough.CancelAsync();
        }

        return await (waiting.IsCompleted
            ? waiting
            : Tree.Wait(glob, revision, max, TimeSpan.Zero, ReadMode.Linearizable));
    }
}

/// <summary>A client's way to the store, on which calls are counted and may get lost.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives the proxy from this class.")]
internal class TestConnection : DispatchProxy
{
    private readonly List<string> _calls = [];

    public TestStore Store { get; set; } = null!;

    /// <summary>What happens to a call, by its method and the number of calls before it.</summary>
    public Func<string, int, Fault> Faults { get; set; } = static (_, _) => Fault.None;

    public string[] Calls
    {
        get
        {
            lock (_calls)
                return [.. _calls];
        }
    }

    public int Count(string method) => Calls.Count(call => call == method);

    public void Forget()
    {
        lock (_calls)
            _calls.Clear();
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Fault fault;
        lock (_calls)
        {
            fault = Faults(targetMethod!.Name, _calls.Count);
            _calls.Add(targetMethod.Name);
        }

        object? answer = null;
        Exception? failure = null;
        if (fault is Fault.None or Fault.AnswerLost or Fault.AnswerHangs)
        {
            try
            {
                answer = Store.Serve(targetMethod, args!);
            }
            catch (DoozerException exception)
            {
                failure = exception;
            }
        }

        Type result = targetMethod.ReturnType.GetGenericArguments()[0];
        return fault switch
        {
            Fault.None => failure is null ? answer : Failed(result, failure),
            Fault.NotDone => Failed(result, ClientFixture.NoQuorum()),
            Fault.Vanishes or Fault.AnswerLost => Failed(result, ClientFixture.SiloDown()),
            _ => typeof(TestConnection).GetMethod(nameof(Never), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(result).Invoke(null, null),
        };
    }

    private static object? Failed(Type result, Exception failure) => typeof(Task)
        .GetMethod(nameof(Task.FromException), 1, [typeof(Exception)])!.MakeGenericMethod(result).Invoke(null, [failure]);

    private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;
}

using System.Diagnostics;

namespace Doozer.Client;

/// <summary>
/// Lets requests of one kind share calls of the grain. One that comes while nothing is under way is a call of its own, at once;
/// those that come meanwhile go together. So a process that asks for many things at a time pays for few calls, and one that asks
/// for one thing at a time waits for nobody.
/// </summary>
/// <param name="grain">Finds the namespace's grain.</param>
/// <param name="sender">Knows the clock, the limits and the gateways.</param>
internal sealed class SharedCalls(Func<IFileRequestsGrain> grain, RequestSender sender) : IThreadPoolWorkItem
{
    /// <summary>Calls under way at once: while one is answered the next is on its way.</summary>
    private const int MaxCalls = 2;

    /// <summary>
    /// How often a call lets the thread pool's other work go first. It is what those do who were answered together: they come
    /// with their next requests. While the pool has nothing to do a round takes next to no time.
    /// </summary>
    private const int Rounds = 4;

    /// <summary>Bodies that are written by one call; also those of the silo's answer are limited.</summary>
    private const int MaxBodyBytes = 256 << 10;

    /// <summary>Larger bodies go alone: others would wait for their way through the network.</summary>
    private const int LargeBody = 16 << 10;

    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiting = [];
    private IFileRequestsGrain? _grain;
    private int _underWay;
    private int _rounds;

    /// <summary>Sends a request, alone or with others.</summary>
    /// <param name="request">The request.</param>
    /// <param name="single">The grain, for a call of its own.</param>
    public Task<T> Send<TRequest, T>(in TRequest request, INamespaceGrain single)
        where TRequest : struct, IFileRequest<T>
    {
        FileRequest file = request.File;
        if (file.Body?.Length > LargeBody || BelongsToItsCall())
            return request.Send(single);
        lock (_lock)
        {
            if (_underWay > 0 && _waiting.Count < sender.Options.MaxInFlight)
            {
                var waiter = new Waiter<TRequest, T>(file);
                _waiting.Add(waiter);
                Schedule();
                return waiter.Answer;
            }

            _underWay++;
        }

        return SendAlone<TRequest, T>(request, single);
    }

    /// <summary>A round is over.</summary>
    public void Execute()
    {
        Waiter[] waiters;
        lock (_lock)
        {
            if (--_rounds > 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            int count = 0;
            for (int bytes = 0; count < Math.Min(_waiting.Count, FileRequest.MaxOfCall) && bytes <= MaxBodyBytes; count++)
                bytes += _waiting[count].Request.Body?.Length ?? 0;
            waiters = [.. _waiting[..count]];
            _waiting.RemoveRange(0, count);
            _underWay++;
            Schedule();
        }

        SendTogether(waiters);
    }

    // What goes with the call and not with its arguments, a trace or what the application put there, is nobody else's.
    private static bool BelongsToItsCall() => Activity.Current is { Recorded: true } || RequestContext.Keys.Any();

    private void Schedule()
    {
        if (_rounds > 0 || _underWay >= MaxCalls || _waiting.Count == 0)
            return;
        _rounds = Rounds;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void End()
    {
        lock (_lock)
        {
            _underWay--;
            Schedule();
        }
    }

    private Task<T> SendAlone<TRequest, T>(in TRequest request, INamespaceGrain single)
        where TRequest : struct, IFileRequest<T>
    {
        Task<T> answer;
        try
        {
            answer = request.Send(single);
        }
        catch
        {
            End();
            throw;
        }

        _ = EndWith(answer);
        return answer;
    }

    private void SendTogether(Waiter[] waiters)
    {
        Task<FileAnswer[]> call;
        try
        {
            _grain ??= grain();
            call = _grain.Answer(new(Array.ConvertAll(waiters, static waiter => waiter.Request)));
        }
        catch (Exception exception)
        {
            call = Task.FromException<FileAnswer[]>(exception);
        }

        _ = EndWith(Distribute(call, waiters));
    }

    private async Task Distribute(Task<FileAnswer[]> call, Waiter[] waiters)
    {
        try
        {
            FileAnswer[] answers = await call.ConfigureAwait(false);
            for (int i = 0; i < waiters.Length; i++)
            {
                if (!answers[i].IsNone)
                    waiters[i].Settle(answers[i]);
            }

            lock (_lock)
                _waiting.InsertRange(0, waiters.Where((_, i) => answers[i].IsNone));
        }
        catch (Exception exception)
        {
            foreach (Waiter waiter in waiters)
                waiter.Fail(exception);
        }
    }

    // A call that has no answer must not keep the next from its way: those who wait for it ask again by themselves, and what it
    // says late is still the truth.
    private async Task EndWith(Task call)
    {
        await call.WaitAsync(sender.Options.AttemptTimeout, sender.Time, sender.Gateways.Lost)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        End();
    }

    private abstract class Waiter(FileRequest request)
    {
        public FileRequest Request => request;

        public abstract void Settle(in FileAnswer answer);

        public abstract void Fail(Exception error);
    }

    private sealed class Waiter<TRequest, T>(FileRequest request) : Waiter(request)
        where TRequest : struct, IFileRequest<T>
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Answer => _answer.Task;

        public override void Settle(in FileAnswer answer)
        {
            if (answer.Error is { } error)
                _answer.SetException(error);
            else
                _answer.SetResult(TRequest.From(answer));
        }

        public override void Fail(Exception error) => _answer.TrySetException(error);
    }
}

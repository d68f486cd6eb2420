using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Doozer.Client;

/// <summary>
/// Lets requests of one kind share calls of the grain. One that comes while nothing is under way is a call of its own, at once;
/// those that come meanwhile go together. So a process that asks for many things at a time pays for few calls, and one that asks
/// for one thing at a time waits for nobody.
/// </summary>
/// <param name="grain">Finds the namespace's grain.</param>
/// <param name="sender">Knows the clock, the limits and the gateways.</param>
internal sealed class SharedCalls(Func<IFileRequestsGrain> grain, RequestSender sender)
{
    /// <summary>Larger bodies go alone: others would wait for their way through the network.</summary>
    private const int LargeBody = 16 << 10;

    private Lane _lane = new(grain, sender);

    /// <summary>Sends a request, alone or with others.</summary>
    /// <param name="request">The request.</param>
    /// <param name="single">The grain, for a call of its own.</param>
    public Task<T> Send<TRequest, T>(in TRequest request, INamespaceGrain single)
        where TRequest : struct, IFileRequest<T>
    {
        FileRequest file = request.File;
        if (file.Body?.Length > LargeBody || HasContext())
            return request.Send(single);
        Lane lane = _lane;
        if (lane.IsStuck)
        {
            Interlocked.CompareExchange(ref _lane, new Lane(grain, sender), lane);
            lane = _lane;
        }

        return lane.TryGather<TRequest, T>(file, out Task<T>? answer)
            ? answer
            : lane.SendAlone<TRequest, T>(request, single);
    }

    // What an application sends along with its call is nobody else's. Nor is its span, unless ours is below it: that gets a link.
    private static bool HasContext() =>
        (Activity.Current is { Recorded: true } span && span.Source != Tracing.Source)
        || RequestContext.Keys.Any(static key => !Tracing.IsOfTrace(key));

    /// <summary>
    /// The calls under way, and who waits for the next. When one is stuck new requests get another, and those that wait in it ask
    /// again by themselves; what it says late is still the truth.
    /// </summary>
    private sealed class Lane(Func<IFileRequestsGrain> grain, RequestSender sender) : IThreadPoolWorkItem
    {
        /// <summary>Calls under way at once: while one is answered the next is on its way.</summary>
        private const int MaxCalls = 2;

        /// <summary>
        /// How often a call lets the thread pool's other work go first. It is what those do who were answered together: they come
        /// with their next requests. While the pool has nothing to do a round takes next to no time.
        /// </summary>
        private const int Rounds = 4;

        /// <summary>Bodies that are written by one call.</summary>
        private const int MaxBodyBytes = 256 << 10;

        private readonly Lock _lock = new();
        private readonly List<Waiter> _waiting = [];
        private readonly CancellationToken _lost = sender.Gateways.Lost;
        private IFileRequestsGrain? _grain;
        private int _underWay;
        private int _rounds;
        private long _lastEnd;

        /// <summary>Whether a gateway was lost, which may have had its calls; or none has ended for too long.</summary>
        public bool IsStuck
        {
            get
            {
                if (_lost.IsCancellationRequested)
                    return true;
                lock (_lock)
                    return _underWay > 0 && sender.Time.GetElapsedTime(_lastEnd) >= sender.Options.AttemptTimeout;
            }
        }

        /// <summary>Lets a request wait for the next call; if there is nothing to wait for, lets it go.</summary>
        public bool TryGather<TRequest, T>(in FileRequest file, [NotNullWhen(true)] out Task<T>? answer)
            where TRequest : struct, IFileRequest<T>
        {
            lock (_lock)
            {
                if (_underWay > 0 && _waiting.Count < sender.Options.MaxInFlight)
                {
                    var waiter = new Waiter<TRequest, T>(file);
                    _waiting.Add(waiter);
                    Schedule();
                    answer = waiter.Answer;
                    return true;
                }

                if (_underWay++ == 0)
                    _lastEnd = sender.Time.GetTimestamp();
                answer = null;
                return false;
            }
        }

        /// <summary>Sends a request that is not to wait.</summary>
        public Task<T> SendAlone<TRequest, T>(in TRequest request, INamespaceGrain single)
            where TRequest : struct, IFileRequest<T>
        {
            try
            {
                Task<T> answer = request.Send(single);
                answer.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(End);
                return answer;
            }
            catch
            {
                End();
                throw;
            }
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
                for (int bytes = 0;
                    count < Math.Min(_waiting.Count, FileRequest.MaxOfCall) && bytes <= MaxBodyBytes;
                    count++)
                {
                    bytes += _waiting[count].Request.Body?.Length ?? 0;
                }

                waiters = [.. _waiting[..count]];
                _waiting.RemoveRange(0, count);
                _underWay++;
                Schedule();
            }

            _ = SendTogether(waiters);
        }

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
                _lastEnd = sender.Time.GetTimestamp();
                Schedule();
            }
        }

        private async Task SendTogether(Waiter[] waiters)
        {
            try
            {
                using Activity? call = BeginCall(waiters);
                _grain ??= grain();
                FileAnswer[] answers = await _grain
                    .Answer(new(Array.ConvertAll(waiters, static waiter => waiter.Request)))
                    .ConfigureAwait(false);
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

            End();
        }

        private static Activity? BeginCall(Waiter[] waiters)
        {
            List<Activity> spans = [.. waiters.Select(static waiter => waiter.Span).OfType<Activity>()];
            Activity? call = Tracing.Join(Tracing.Requests, spans, ActivityKind.Client);
            call?.SetTag(Tracing.Requests, waiters.Length);
            Tracing.Propagate();
            return call;
        }
    }

    private abstract class Waiter(FileRequest request)
    {
        public FileRequest Request => request;

        /// <summary>The request's span, if its trace is recorded.</summary>
        public Activity? Span { get; } = Tracing.Current;

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

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Doozer.Client;

/// <summary>
/// Sends requests. The first attempt of a request is the hot path and costs one timer; whatever goes wrong with it is
/// <see cref="Resubmission{TRequest, T}"/>'s business.
/// </summary>
internal sealed class RequestSender(
    DoozerClientOptions options, GatewayWatch gateways, TimeProvider time, Random random)
{
    private readonly Lock _randomLock = new();
    private readonly int _maxInFlight = options.MaxInFlight;
    private readonly TimeSpan _attemptTimeout = options.AttemptTimeout;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;

    public DoozerClientOptions Options { get; } = options;

    /// <summary>Completes when the host of the client has stopped.</summary>
    public Task Closed => _closed.Task;

    public GatewayWatch Gateways { get; } = gateways;

    public TimeProvider Time { get; } = time;

    public Task<T> SendAsync<TRequest, T>(INamespaceGrain grain, TRequest request, CancellationToken cancellationToken)
        where TRequest : struct, IRequest<T> =>
        Tracing.Source.HasListeners()
            ? SendTracedAsync<TRequest, T>(grain, request, cancellationToken)
            : SendUntracedAsync<TRequest, T>(grain, request, cancellationToken);

    private async Task<T> SendTracedAsync<TRequest, T>(
        INamespaceGrain grain, TRequest request, CancellationToken cancellationToken)
        where TRequest : struct, IRequest<T>
    {
        using Activity? span = Tracing.Begin(TRequest.Operation, ActivityKind.Client);
        Tracing.Propagate();
        try
        {
            T answer = await SendUntracedAsync<TRequest, T>(grain, request, cancellationToken);
            span?.SetOutcome(Tracing.Done);
            return answer;
        }
        catch (Exception exception)
        {
            span?.SetOutcome(Tracing.OutcomeOf(exception));
            throw;
        }
    }

    private async Task<T> SendUntracedAsync<TRequest, T>(
        INamespaceGrain grain, TRequest request, CancellationToken cancellationToken)
        where TRequest : struct, IRequest<T>
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Closed.IsCompleted)
            throw HasClosed();
        if (Interlocked.Increment(ref _inFlight) > _maxInFlight)
        {
            Interlocked.Decrement(ref _inFlight);
            throw new OverloadedException("requests under way in this client", _maxInFlight);
        }

        try
        {
            long began = Time.GetTimestamp();
            CancellationToken lost = Gateways.Lost;
            Task<T> first = FirstAttempt<TRequest, T>(grain, request);
            if (!first.IsCompleted)
            {
                using CancellationTokenSource? either = cancellationToken.CanBeCanceled
                    ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost)
                    : null;
                CancellationToken ended = either?.Token ?? lost;
                TimeSpan patience = _attemptTimeout + request.Poll;
                bool mayAsk = request.Poll == TimeSpan.Zero && patience > GatewayWatch.Silence && Gateways.IsWatching;
                await Bounded(first, mayAsk ? GatewayWatch.Silence : patience, ended);
                if (mayAsk && !first.IsCompleted && !ended.IsCancellationRequested)
                {
                    _ = Gateways.Ask(grain);
                    await Bounded(first, patience - GatewayWatch.Silence, ended);
                }
            }

            if (first.IsCompletedSuccessfully)
                return await first;
            return await new Resubmission<TRequest, T>(this, grain, request, began).RunAsync(first, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private ConfiguredTaskAwaitable Bounded(Task attempt, TimeSpan patience, CancellationToken ended) =>
        attempt.WaitAsync(patience, Time, ended).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>Nothing can be asked any more.</summary>
    public void Close() => _closed.TrySetResult();

    /// <summary>What whoever asks is told then.</summary>
    public static ObjectDisposedException HasClosed() =>
        new(nameof(IDoozerClient), "The host of this client has stopped.");

    /// <remarks>
    /// Throws when the call cannot even be made, say because the Orleans client is not started: nothing is under way then, and
    /// the application had better see the plain exception.
    /// </remarks>
    private static Task<T> FirstAttempt<TRequest, T>(INamespaceGrain grain, in TRequest request)
        where TRequest : struct, IRequest<T>
    {
        try
        {
            return request.SendFirst(grain);
        }
        catch (Exception exception) when (exception.Kind() != Failure.Unexpected)
        {
            return Task.FromException<T>(exception);
        }
    }

    /// <summary>
    /// How long to hold back after this many failures in a row: twice as long each time, and never two clients in step.
    /// </summary>
    public TimeSpan Backoff(int failures)
    {
        double longest = Math.Min(Options.MaxBackoff.Ticks, Options.MinBackoff.Ticks * Math.Pow(2, failures - 1));
        double jitter;
        lock (_randomLock)
            jitter = random.NextDouble();
        return TimeSpan.FromTicks((long)(longest * (0.5 + (jitter / 2))));
    }

    /// <summary>The back-off of something that goes on for ever.</summary>
    public TimeSpan LongestBackoff() => Backoff(int.MaxValue);
}

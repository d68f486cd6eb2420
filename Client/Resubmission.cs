using System.Diagnostics.CodeAnalysis;

namespace Doozer.Client;

/// <summary>
/// Carries one request through a failure: submits it again, a write with the same request id, until it is answered or its time is
/// up.
/// </summary>
/// <remarks>
/// An unanswered attempt is not given up when the next one starts. Its silo may only be slow, and what it says late is still the
/// truth: above all that the quorum is missing, which a silo says only after trying for seconds.
/// </remarks>
internal sealed class Resubmission<TRequest, T>(RequestSender sender, INamespaceGrain grain, TRequest request, long began)
    where TRequest : struct, IRequest<T>
{
    /// <summary>Most attempts of one request that may be unanswered at once.</summary>
    private const int MaxPending = 8;

    private readonly List<(Task<T> Task, TimeSpan Started)> _pending = [];
    private readonly TimeSpan _limit = sender.Options.RequestTimeout + request.Poll;
    private readonly bool _isWrite = request.RequestId != Guid.Empty;
    private DoozerException? _notDone;
    private Exception? _unknown;
    private int _failures;
    private TimeSpan _nextAttempt;
    private bool _noMore;

    // Of before the newest attempt was sent: a gateway that is lost while it is being sent may be its own.
    private CancellationToken _lost = sender.Gateways.Lost;

    private TimeSpan Elapsed => sender.Time.GetElapsedTime(began);

    public async Task<T> RunAsync(Task<T> first, CancellationToken cancellationToken)
    {
        _pending.Add((first, TimeSpan.Zero));
        try
        {
            while (true)
            {
                if (TryFindAnswer(out Task<T>? answer))
                    return await answer;
                cancellationToken.ThrowIfCancellationRequested();
                TimeSpan now = Elapsed;
                if (now >= _limit || (_noMore && (_pending.Count == 0 || !_isWrite)))
                    throw Outcome();
                if (MayStart && now >= _nextAttempt)
                    Start(now);
                else
                    await WaitUntil(MayStart && _nextAttempt < _limit ? _nextAttempt : _limit, now, cancellationToken);
            }
        }
        finally
        {
            foreach ((Task<T>? task, TimeSpan _) in _pending)
                task.Abandon();
        }
    }

    /// <summary>Whether an attempt to write may have been done, or may yet be.</summary>
    private bool MayBeDone => _isWrite && (_unknown is not null || _pending.Count != 0);

    private bool MayStart => !_noMore && _pending.Count < MaxPending;

    /// <summary>Takes note of the attempts that have ended; finds the one that settles the request, if there is one.</summary>
    private bool TryFindAnswer([NotNullWhen(true)] out Task<T>? answer)
    {
        for (int i = _pending.Count - 1; i >= 0; i--)
        {
            (Task<T>? task, TimeSpan started) = _pending[i];
            if (!task.IsCompleted)
                continue;
            _pending.RemoveAt(i);
            answer = task;
            if (task.IsCompletedSuccessfully)
                return true;
            Exception error = task.Exception?.InnerException ?? new TaskCanceledException(task);
            if (IsFinal(error))
                return true;
            Note(error, started);
        }

        answer = null;
        return false;
    }

    private bool IsFinal(Exception error) => error.Kind() switch
    {
        Failure.Final => !(error is FutureRevisionException && request.RevisionExists),
        Failure.Refused => !MayBeDone,
        Failure.Unexpected when !_isWrite => true,
        Failure.Unexpected => throw new OutcomeUnknownException(request.RequestId, Describe(error)),
        _ => false,
    };

    private void Note(Exception error, TimeSpan started)
    {
        TimeSpan now = Elapsed;
        _failures++;
        _nextAttempt = now + sender.Backoff(_failures);
        if (error.Kind() == Failure.Unknown)
        {
            _unknown = error;
            return;
        }

        _notDone = (DoozerException)error;
        // The next attempt would take about as long to fail. Without that time left it could only turn a write that was surely
        // not done into one that nobody knows about.
        if (_nextAttempt + (now - started) >= _limit)
            _noMore = true;
    }

    private void Start(TimeSpan now)
    {
        Task<T> attempt;
        _lost = sender.Gateways.Lost;
        try
        {
            attempt = request.Send(grain);
        }
        catch (Exception exception)
        {
            attempt = Task.FromException<T>(exception);
        }

        _ = sender.Gateways.AskUnlessAnswered(attempt, grain);
        _pending.Add((attempt, now));
        _nextAttempt = now + sender.Options.AttemptTimeout + request.Poll;
    }

    private async Task WaitUntil(TimeSpan due, TimeSpan now, CancellationToken cancellationToken)
    {
        // Timers drop fractions of a millisecond: not rounded up, the last one would be a busy loop.
        var pause = TimeSpan.FromMilliseconds(Math.Ceiling((due - now).TotalMilliseconds));
        CancellationToken lost = _lost;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lost);
        Task wake = _pending.Count == 0
            ? Task.Delay(pause, sender.Time, cancellationToken)
            : Task.WhenAny(_pending.ConvertAll(static attempt => attempt.Task)).WaitAsync(pause, sender.Time, either.Token);
        await wake.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        if (!lost.IsCancellationRequested)
            return;
        _lost = sender.Gateways.Lost;

        // It may have been the one by which an attempt was sent.
        if (_pending.Count > 0)
            _nextAttempt = TimeSpan.Zero;
    }

    /// <summary>The error to end with when time is up. An attempt that nobody answered may yet be done.</summary>
    private DoozerException Outcome()
    {
        if (MayBeDone)
        {
            return new OutcomeUnknownException(
                request.RequestId, $"no answer came within {_limit.TotalSeconds:0.###} s{LastFailure()}");
        }

        return _notDone
            ?? new NodeUnavailableException("any", $"no silo answered within {_limit.TotalSeconds:0.###} s{LastFailure()}");
    }

    private string LastFailure() => (_unknown ?? _notDone) is { } error ? $" (last failure: {Describe(error)})" : "";

    private static string Describe(Exception error) =>
        $"{error.GetType().Name}: {(error as OutcomeUnknownException)?.Detail ?? error.Message.TrimEnd('.')}";
}

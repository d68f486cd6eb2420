using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Lifecycle;

/// <summary>Starts observers in the order of their stages, those of one stage together, and stops them in reverse.</summary>
internal sealed partial class LifecycleSubject(ILogger<LifecycleSubject> logger) : ISiloLifecycle, IClusterClientLifecycle, ILifecycleSubject
{
    private readonly Lock _gate = new();
    private readonly List<Subscription> _subscriptions = [];

    public int HighestCompletedStage { get; private set; } = int.MinValue;

    public int LowestStoppedStage { get; private set; } = int.MaxValue;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var subscription = new Subscription(this, observerName, stage, observer);
        lock (_gate)
        {
            _subscriptions.Add(subscription);
        }

        return subscription;
    }

    public async Task OnStart(CancellationToken cancellationToken = default)
    {
        foreach (var stage in Stages())
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.WhenAll(stage.Select(subscription => StartAsync(subscription, cancellationToken)));
            }
            catch (Exception e)
            {
                LogStartFailed(e, stage.Key);
                HighestCompletedStage = stage.Key;
                await OnStop(CancellationToken.None);
                throw;
            }

            HighestCompletedStage = stage.Key;
        }
    }

    public async Task OnStop(CancellationToken cancellationToken = default)
    {
        foreach (var stage in Stages().AsEnumerable().Reverse().SkipWhile(stage => stage.Key > HighestCompletedStage))
        {
            await Task.WhenAll(stage.Select(subscription => StopAsync(subscription, cancellationToken)));
            LowestStoppedStage = stage.Key;
        }
    }

    private static async Task StartAsync(Subscription subscription, CancellationToken token)
    {
        await Task.Yield();
        await subscription.Observer.OnStart(token);
    }

    private async Task StopAsync(Subscription subscription, CancellationToken token)
    {
        try
        {
            await subscription.Observer.OnStop(token);
        }
        catch (Exception e)
        {
            LogStopFailed(e, subscription.Name);
        }
    }

    private List<IGrouping<int, Subscription>> Stages()
    {
        lock (_gate)
        {
            return [.. _subscriptions.GroupBy(subscription => subscription.Stage).OrderBy(group => group.Key)];
        }
    }

    private sealed record Subscription(LifecycleSubject Subject, string Name, int Stage, ILifecycleObserver Observer) : IDisposable
    {
        public void Dispose()
        {
            lock (Subject._gate)
            {
                Subject._subscriptions.Remove(this);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Starting failed at stage {Stage}.")]
    private partial void LogStartFailed(Exception exception, int stage);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Observer} failed to stop.")]
    private partial void LogStopFailed(Exception exception, string observer);
}

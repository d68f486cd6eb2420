using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Execution;
using Orleans.Runtime;

namespace Orleans.Membership;

/// <summary>Probes other silos and votes against those that do not answer; also does the agent's periodic work.</summary>
internal sealed partial class ProbeMonitor(
    SiloEngine silo,
    MembershipAgent agent,
    MembershipView view,
    IOptions<ClusterMembershipOptions> options,
    ILogger<ProbeMonitor> logger)
{
    private readonly ConcurrentDictionary<SiloAddress, int> _missed = new();
    private readonly ConcurrentDictionary<SiloAddress, byte> _underWay = new();

    public void Start()
    {
        var settings = options.Value;
        _ = RepeatAsync(settings.TableRefreshTimeout, agent.RefreshAsync);
        _ = RepeatAsync(settings.IAmAliveTablePublishTimeout, agent.HeartbeatAsync);
        if (settings.DefunctSiloCleanupPeriod is { } period)
        {
            _ = RepeatAsync(period, agent.CleanUpAsync);
        }

        if (settings.LivenessEnabled)
        {
            _ = RepeatAsync(settings.ProbeTimeout, ProbeAllAsync);
        }
    }

    private async Task RepeatAsync(TimeSpan period, Func<Task> action)
    {
        using var timer = new PeriodicTimer(period, silo.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(agent.Stopping))
            {
                await RunAsync(action);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task RunAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception e)
        {
            LogFailed(e.Message);
        }
    }

    private Task ProbeAllAsync()
    {
        var targets = Targets();
        foreach (var known in _missed.Keys)
        {
            if (!targets.Contains(known))
            {
                _missed.TryRemove(known, out _);
            }
        }

        foreach (var target in targets)
        {
            if (_underWay.TryAdd(target, 0))
            {
                _ = RunAsync(() => ProbeAsync(target));
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>The silos that follow this one on a ring of all, so that each is watched by as many as watch another.</summary>
    private List<SiloAddress> Targets()
    {
        var self = silo.Local.SiloAddress;
        var ring = view.Current.Members.Values
            .Where(member => member.Status is SiloStatus.Active or SiloStatus.Joining or SiloStatus.ShuttingDown)
            .Select(member => member.SiloAddress)
            .Where(address => !address.Equals(self))
            .OrderBy(address => (uint)address.GetConsistentHashCode())
            .ToList();
        var start = ring.FindIndex(address => (uint)address.GetConsistentHashCode() > (uint)self.GetConsistentHashCode());
        return start < 0 ? [.. ring.Take(options.Value.NumProbedSilos)]
            : [.. ring.Skip(start).Concat(ring.Take(start)).Take(options.Value.NumProbedSilos)];
    }

    private async Task ProbeAsync(SiloAddress target)
    {
        try
        {
            await silo.ServiceOn<IMembershipPeer>(target).Probe().WaitAsync(options.Value.ProbeTimeout, silo.Time);
            _missed[target] = 0;
        }
        catch (Exception e)
        {
            var missed = _missed.AddOrUpdate(target, 1, (_, count) => count + 1);
            LogMissed(target, missed, e.Message);
            if (missed >= options.Value.NumMissedProbesLimit && !agent.Stopping.IsCancellationRequested)
            {
                await agent.DeclareDeadAsync(target, byVote: true);
            }
        }
        finally
        {
            _underWay.TryRemove(target, out _);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The silo {Silo} missed {Missed} probes in a row: {Reason}")]
    private partial void LogMissed(SiloAddress silo, int missed, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Membership work failed and will be tried again: {Reason}")]
    private partial void LogFailed(string reason);
}

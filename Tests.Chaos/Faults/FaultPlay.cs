using Doozer.Chaos.Nodes;

namespace Doozer.Chaos.Faults;

/// <summary>Plays a schedule of faults on a cluster.</summary>
/// <param name="cluster">Whom to strike.</param>
/// <param name="leader">Who leads now.</param>
/// <param name="isWell">Whether every node serves and knows who leads.</param>
/// <param name="clock">The time, as histories have it.</param>
/// <param name="tell">Hears of every beginning and end.</param>
internal sealed class FaultPlay(
    NodeCluster cluster, Func<int> leader, Func<bool> isWell, Func<TimeSpan> clock, Action<string> tell)
{
    private readonly Lock _lock = new();
    private readonly List<ActiveFault> _active = [];
    private readonly List<PlayedFault> _played = [];
    private TimeSpan _beginning;

    /// <summary>The faults that are under way.</summary>
    public IReadOnlyList<ActiveFault> Active
    {
        get
        {
            lock (_lock)
                return [.. _active];
        }
    }

    /// <summary>The faults that have begun.</summary>
    public IReadOnlyList<PlayedFault> Played
    {
        get
        {
            lock (_lock)
                return [.. _played];
        }
    }

    /// <summary>Plays all; returns when the last has ended.</summary>
    public Task Run(IReadOnlyList<Fault> schedule, CancellationToken cancellation)
    {
        _beginning = clock();
        return Task.WhenAll(schedule.Select(fault => Play(fault, cancellation)));
    }

    /// <summary>Plays one after the other until it is told to stop; returns when the last has ended.</summary>
    public async Task Run(IEnumerable<Fault> weather, CancellationToken stop, CancellationToken cancellation)
    {
        _beginning = clock();
        foreach (Fault fault in weather)
        {
            if (stop.IsCancellationRequested)
                return;
            await Play(fault, cancellation);
        }
    }

    private async Task Play(Fault fault, CancellationToken cancellation)
    {
        await Until(fault.Start, cancellation);
        int leads = leader();
        var active = new ActiveFault(fault.Kind, fault.Nodes(leads, cluster.Members));
        Change(() =>
        {
            _active.Add(active);
            _played.Add(new PlayedFault(active, clock(), fault.Length, leads, isWell()));
        });
        tell($"{active}{(active.Nodes.Contains(leads) && active.Nodes.Count == 1 ? " (leads)" : "")} for " +
            $"{fault.Length.TotalSeconds:F1} s");
        await cluster.Begin(active, cancellation);
        await Until(fault.End, cancellation);
        cluster.End(active);
        Change(() => _active.Remove(active));
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            cluster.Spoil(_active);
        }
    }

    private Task Until(TimeSpan instant, CancellationToken cancellation)
    {
        TimeSpan left = _beginning + instant - clock();
        return left > TimeSpan.Zero ? Task.Delay(left, TimeProvider.System, cancellation) : Task.CompletedTask;
    }
}

/// <summary>A fault that has begun.</summary>
/// <param name="Fault">What and who.</param>
/// <param name="Start">When, on the clock of the history.</param>
/// <param name="Length">How long.</param>
/// <param name="Leader">Who led.</param>
/// <param name="WasWell">Whether nothing was left of earlier faults: every node served.</param>
internal sealed record PlayedFault(ActiveFault Fault, TimeSpan Start, TimeSpan Length, int Leader, bool WasWell);

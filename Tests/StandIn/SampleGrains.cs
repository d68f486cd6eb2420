using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Doozer.Tests.StandIn;

/// <summary>Grains that show how the engine runs calls; every test here holds on Orleans itself too.</summary>
[Alias("Doozer.Tests.StandIn.IProbeGrain")]
public interface IProbeGrain : IGrainWithStringKey
{
    [Alias("Where")]
    Task<string> Where();

    [Alias("Echo")]
    Task<Everything> Echo(Everything value);

    [Alias("Sum")]
    ValueTask<long> Sum(int[] numbers, long start = 5);

    [Alias("KeepAndReturn")]
    Task<bool> IsSameArray(int[] copied, [Immutable] int[] shared);

    /// <summary>
    /// Waits until <see cref="Open"/> is called or so many requests run at once, and says how many ran at most.
    /// </summary>
    [Alias("Enter")]
    Task<int> Enter(int together);

    [Alias("Open")]
    [AlwaysInterleave]
    Task Open();

    /// <summary>Waits for <see cref="Open"/> longer than its callers do.</summary>
    [Alias("Never")]
    [ResponseTimeout("00:00:00.300")]
    Task Never();

    [Alias("Fail")]
    Task Fail(string how);

    [Alias("FailOneWay")]
    [OneWay]
    Task FailOneWay();

    [Alias("OneWayCalls")]
    Task<int> OneWayCalls();

    [Alias("OnScheduler")]
    Task<bool> StaysOnScheduler();

    [Alias("Deactivate")]
    Task Deactivate();

    [Alias("Activations")]
    Task<Guid> Activation();

    [Alias("Ticks")]
    Task<int> Ticks(int atLeast);

    [Alias("Cancelled")]
    Task<bool> WaitForCancellation(CancellationToken token);
}

[Alias("Doozer.Tests.StandIn.IReentrantProbeGrain")]
public interface IReentrantProbeGrain : IProbeGrain;

[Alias("Doozer.Tests.StandIn.IWorkerProbeGrain")]
public interface IWorkerProbeGrain : IGrainWithStringKey
{
    [Alias("Where")]
    Task<string> Where();
}

[Alias("Doozer.Tests.StandIn.IPinnedProbeGrain")]
public interface IPinnedProbeGrain : IGrainWithStringKey
{
    [Alias("Where")]
    Task<string> Where();

    [Alias("CallOther")]
    Task<string> CallOther(string silo);

    [Alias("Sleep")]
    Task Sleep();
}

public class ProbeGrain(ILocalSiloDetails silo) : Grain, IProbeGrain
{
    private static int[]? _lastShared;
    private readonly Guid _activation = Guid.NewGuid();
    private readonly TaskCompletionSource _open = new();
    private int _running;
    private int _most;
    private int _oneWay;
    private int _ticks;

    public static int[]? SharedOnCaller { get; set; }

    public static int[]? CopiedOnCaller { get; set; }

    public Task<string> Where() => Task.FromResult(silo.Name);

    public Task<Everything> Echo(Everything value) => Task.FromResult(value);

    public ValueTask<long> Sum(int[] numbers, long start = 5) => new(start + numbers.Sum());

    public Task<bool> IsSameArray(int[] copied, int[] shared)
    {
        _lastShared = shared;
        return Task.FromResult(ReferenceEquals(_lastShared, SharedOnCaller) && !ReferenceEquals(copied, CopiedOnCaller));
    }

    public async Task<int> Enter(int together)
    {
        _most = Math.Max(_most, ++_running);
        if (_running == together)
        {
            _open.TrySetResult();
        }

        await _open.Task;
        _running--;
        return _most;
    }

    public Task Open()
    {
        _open.TrySetResult();
        return Task.CompletedTask;
    }

    public Task Never() => _open.Task;

    public Task Fail(string how) => how switch
    {
        "typed" => throw new SampleException("lost", 42, ["a", "b"]),
        "cause" => throw new InvalidOperationException("outer", new ArgumentException("inner")),
        _ => Task.FromException(new UnknownToNobodyException(how)),
    };

    public Task FailOneWay()
    {
        _oneWay++;
        throw new InvalidOperationException("nobody hears this");
    }

    public Task<int> OneWayCalls() => Task.FromResult(_oneWay);

    public async Task<bool> StaysOnScheduler()
    {
        var before = TaskScheduler.Current;
        await Task.Yield();
        await Task.Run(() => { });
        return before != TaskScheduler.Default && ReferenceEquals(before, TaskScheduler.Current);
    }

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<Guid> Activation() => Task.FromResult(_activation);

    public async Task<int> Ticks(int atLeast)
    {
        var reached = new TaskCompletionSource();
        using var timer = this.RegisterGrainTimer(
            _ =>
            {
                if (++_ticks >= atLeast)
                {
                    reached.TrySetResult();
                }

                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)) { Interleave = true });
        await reached.Task;
        return _ticks;
    }

    public async Task<bool> WaitForCancellation(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource();
        await using var registration = token.Register(() => cancelled.TrySetResult());
        await cancelled.Task;
        return true;
    }
}

[Reentrant]
public sealed class ReentrantProbeGrain(ILocalSiloDetails silo) : ProbeGrain(silo), IReentrantProbeGrain;

[StatelessWorker(1)]
public sealed class WorkerProbeGrain(ILocalSiloDetails silo) : Grain, IWorkerProbeGrain
{
    public Task<string> Where() => Task.FromResult(silo.Name);
}

[PinnedPlacement]
public sealed class PinnedProbeGrain(ILocalSiloDetails silo) : Grain, IPinnedProbeGrain
{
    public Task<string> Where() => Task.FromResult(silo.Name);

    public Task<string> CallOther(string silo) => GrainFactory.GetGrain<IPinnedProbeGrain>(silo).Where();

    public Task Sleep() => new TaskCompletionSource().Task;
}

[AttributeUsage(AttributeTargets.Class)]
public sealed class PinnedPlacementAttribute() : PlacementAttribute(new PinnedPlacement());

/// <summary>The key of the grain is the name of its silo.</summary>
public sealed class PinnedPlacement : PlacementStrategy
{
    public override bool IsUsingGrainDirectory => false;
}

public sealed class PinnedPlacementDirector(IClusterMembershipService membership) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var name = target.GrainIdentity.Key.ToString();
        foreach (var member in membership.CurrentSnapshot.Members.Values)
        {
            if (member.Name == name && member.Status == SiloStatus.Active)
            {
                return Task.FromResult(member.SiloAddress);
            }
        }

        throw new SampleException($"no silo {name}", 0, []);
    }
}

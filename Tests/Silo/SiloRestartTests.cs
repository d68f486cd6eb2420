using Doozer.Silo.Serve;
using Doozer.Tests.Client;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Silo;

/// <summary>A node whose silo must not go on.</summary>
public sealed class SiloRestartTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly VirtualTime _time = new();
    private readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly TaskCompletionSource<bool> _left = new();

    [Fact]
    public async Task A_node_that_never_was_a_member_ends()
    {
        SiloRestart restart = NewRestart();

        restart.OnFatalException();
        await _time.FireAsync(Long);

        (await _left.Task).ShouldBeFalse();
        restart.IsUnderWay.ShouldBeFalse();
    }

    [Fact]
    public async Task A_node_that_joins_begins_anew_and_only_once()
    {
        SiloRestart restart = NewRestart();
        var lifecycle = new RecordedLifecycle();
        restart.Participate(lifecycle);
        lifecycle.Stage.ShouldBeInRange(
            ServiceLifecycleStage.AfterRuntimeGrainServices + 1,
            ServiceLifecycleStage.BecomeActive - 1,
            "others may declare it dead from the moment it joins, and while it waits to become active");
        await lifecycle.Observer!.OnStart(TestContext.Current.CancellationToken);

        restart.OnFatalException();
        restart.OnFatalException();
        restart.IsUnderWay.ShouldBeTrue();
        await _time.FireAsync(Long);

        (await _left.Task).ShouldBeTrue();
    }

    [Fact]
    public void A_node_that_is_told_to_stop_before_it_begins_anew_does_not_begin_anew()
    {
        SiloRestart restart = NewRestart();

        restart.OnFatalException();
        _lifetime.StopApplication();

        _time.FireAsync(Long).IsCompleted.ShouldBeFalse();
        _left.Task.IsCompleted.ShouldBeFalse();
    }

    private SiloRestart NewRestart() => new(NullLogger<SiloRestart>.Instance, _lifetime, _time) { Leave = _left.SetResult };
}

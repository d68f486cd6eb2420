using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Doozer.Clustering;

/// <summary>
/// The wall clock as it stood when the process began, moved on by the monotonic clock: somebody may set the other. Orleans
/// schedules by wall clock when a grain that nobody calls goes, and when a silent silo is looked at; after a clock had stepped
/// back no grain could be activated, and nobody was looked at, until it had caught up.
/// </summary>
/// <remarks>
/// Its timers are never early. A delay leaves out what is less than a millisecond, and the timers of .NET may be up to one early.
/// Orleans would wait for what is left then over and over, without a pause.
/// </remarks>
internal sealed class SteadyTime(TimeProvider time) : TimeProvider
{
    /// <summary>There is a longest delay, and a millisecond of such ones is nothing.</summary>
    private static readonly TimeSpan LongDelay = TimeSpan.FromDays(1);

    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly long _startStamp = time.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _start + time.GetElapsedTime(_startStamp);

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, NotEarly(dueTime), period);

    private static TimeSpan NotEarly(TimeSpan due) => due > TimeSpan.Zero && due < LongDelay
        ? TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds) + 2)
        : due;

    /// <summary>Gives it to what Orleans does by itself. An application's own grains keep the clock that they had.</summary>
    public static void AddToOrleans(IServiceCollection services)
    {
        services.TryAddSingleton(provider => new SteadyTime(provider.GetRequiredService<TimeProvider>()));
        foreach (string part in (string[])[
            TimeProviderNames.ActivationManagement, TimeProviderNames.Membership, TimeProviderNames.SystemTimers])
        {
            services.TryAddKeyedSingleton<TimeProvider>(part, (provider, _) => provider.GetRequiredService<SteadyTime>());
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using Orleans.Execution;
using Orleans.Runtime;

namespace Orleans.Runtime
{
    public interface IGrainTimer : IDisposable
    {
        void Change(TimeSpan dueTime, TimeSpan period);
    }

    public readonly struct GrainTimerCreationOptions
    {
        public GrainTimerCreationOptions()
        {
        }

        [SetsRequiredMembers]
        public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        {
            DueTime = dueTime;
            Period = period;
        }

        public required TimeSpan DueTime { get; init; }

        public required TimeSpan Period { get; init; }

        /// <summary>Whether ticks may run between the turns of a request that is not reentrant.</summary>
        public bool Interleave { get; init; }

        /// <summary>Whether ticks keep an idle grain from being collected.</summary>
        public bool KeepAlive { get; init; }
    }
}

namespace Orleans
{
    public static class GrainBaseExtensions
    {
        public static void DeactivateOnIdle(this IGrainBase grain)
            => grain.GrainContext.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "DeactivateOnIdle was called."));

        public static IGrainTimer RegisterGrainTimer(
            this IGrainBase grain, Func<Task> callback, GrainTimerCreationOptions options)
            => Register(grain, _ => callback(), options);

        public static IGrainTimer RegisterGrainTimer(
            this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
            => Register(grain, callback, options);

        public static IGrainTimer RegisterGrainTimer<TState>(
            this IGrainBase grain, Func<TState, Task> callback, TState state, GrainTimerCreationOptions options)
            => Register(grain, _ => callback(state), options);

        public static IGrainTimer RegisterGrainTimer<TState>(
            this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
            => Register(grain, token => callback(state, token), options);

        public static IGrainTimer RegisterGrainTimer(
            this IGrainBase grain, Func<Task> callback, TimeSpan dueTime, TimeSpan period)
            => Register(grain, _ => callback(), new(dueTime, period));

        public static IGrainTimer RegisterGrainTimer(
            this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period)
            => Register(grain, callback, new(dueTime, period));

        public static IGrainTimer RegisterGrainTimer<TState>(
            this IGrainBase grain, Func<TState, Task> callback, TState state, TimeSpan dueTime, TimeSpan period)
            => Register(grain, _ => callback(state), new(dueTime, period));

        public static IGrainTimer RegisterGrainTimer<TState>(
            this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, TimeSpan dueTime, TimeSpan period)
            => Register(grain, token => callback(state, token), new(dueTime, period));

        private static GrainTimer Register(IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
            => ((Activation)grain.GrainContext).RegisterTimer(callback, options);
    }
}

namespace Doozer.Replicas;

/// <summary>
/// Waits with an end. Unlike <see cref="Task.WaitAsync(TimeSpan)"/> and <see cref="Task.WhenAny(Task[])"/> they need no thread of
/// the pool on the way: who waits goes on by its own scheduler, in a grain as in a simulation. They leave nothing behind on a
/// task that goes on.
/// </summary>
internal static class Waiting
{
    /// <summary>The timestamp so much later than now.</summary>
    public static long TimestampAfter(this TimeProvider time, TimeSpan delay) =>
        time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);

    /// <summary>Completes when the task does or the time is over, and says whether the task has completed, however.</summary>
    public static Task<bool> CompletesWithin(this Task task, TimeSpan timeout, TimeProvider time) =>
        AnyCompletesWithin(timeout, time, [task]);

    /// <summary>Completes when one of the tasks does or the time is over, and says whether one has completed, however.</summary>
    public static async Task<bool> AnyCompletesWithin(TimeSpan timeout, TimeProvider time, IReadOnlyList<Task> tasks)
    {
        if (tasks.Any(static task => task.IsCompleted))
            return true;
        if (timeout <= TimeSpan.Zero)
            return false;
        var ended = new TaskCompletionSource();
        using var left = new CancellationTokenSource();
        await using ITimer timer = time.CreateTimer(
            static state => ((TaskCompletionSource)state!).TrySetResult(), ended, timeout, Timeout.InfiniteTimeSpan);
        foreach (Task task in tasks)
            EndWith(task, ended, left.Token);
        await ended.Task;
        left.Cancel();
        return tasks.Any(static task => task.IsCompleted);
    }

    private static void EndWith(Task task, TaskCompletionSource ended, CancellationToken left) => _ = task.ContinueWith(
        static (_, state) => ((TaskCompletionSource)state!).TrySetResult(),
        ended,
        left,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Current);
}

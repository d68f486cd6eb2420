namespace Doozer.Client;

/// <summary>Tasks whose end is of no interest.</summary>
internal static class AbandonedTasks
{
    /// <summary>Nobody will look at this task again; its failure must not end up as an unobserved exception.</summary>
    public static void Abandon(this Task task) => _ = task.ContinueWith(
        static task => _ = task.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}

using Doozer.Storage;
using Microsoft.Extensions.Logging;

namespace Doozer.Replicas;

/// <summary>How a replica ends that cannot go on, or is to go.</summary>
internal sealed partial class ReplicaDriver
{
    private volatile bool _broken;
    private volatile bool _isDeleted;

    /// <summary>Why this replica answers nobody any more; null while it does. Any thread.</summary>
    public DoozerException? Broken =>
        !_broken ? null
        : _isDeleted ? new NoNamespaceException(Namespace)
        : new NodeUnavailableException(_options.Node, $"its replica of {Namespace} has stopped");

    /// <summary>Whether the namespace is deleted: then the activation that drives this is to detach. Any thread.</summary>
    public bool IsDeleted => _isDeleted;

    /// <summary>
    /// The namespace is deleted: from the next tick on this replica answers nobody any more. Completes when nobody drives it, and
    /// nothing is written for it. Any thread.
    /// </summary>
    public async Task End()
    {
        _isDeleted = true;
        Queue(FollowPace);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (Interlocked.CompareExchange(ref _activation, end, null) is { } earlier)
            await earlier.Task;
        FallSilent();
        _snapshots.End();
        end.SetResult();
    }

    // An output that was only half seen to leaves a hole in the log or the tree. Every further step could spread the damage, so
    // the replica falls silent, at once and for good, and the node stops.
    private void Break(Exception exception)
    {
        if (_broken)
            return;
        FallSilent();

        // That the log has failed is told once, and not for each replica.
        LogBroken(exception is StorageException ? LogLevel.Debug : LogLevel.Critical, exception, _options.Node, Namespace);
        _failure.Stop($"the replica of {Namespace} cannot go on: {exception.Message}");
    }

    // Those who wait for this replica, or follow a leader by it, are told: nothing here would ever tell them otherwise, and the
    // node's stop would wait for them.
    private void FallSilent()
    {
        if (_broken)
            return;
        _broken = true;
        foreach (Submission submission in _submissions.Close())
            submission.Fail(new SubmitResult(SubmitStatus.Unknown, "", []));
        foreach (TaskCompletionSource<ReadIndexResult> read in _reads.Close())
            read.TrySetResult(new ReadIndexResult(false, 0, ""));
        EndReconfigurations();
        _leadership.Publish(new Leadership(null, _leadership.Value.Ballot, _time.GetTimestamp()));
        _applied.End(Broken!);
    }
}

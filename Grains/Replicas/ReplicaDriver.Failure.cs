using Doozer.Storage;
using Microsoft.Extensions.Logging;

namespace Doozer.Replicas;

/// <summary>How a replica ends that cannot go on.</summary>
internal sealed partial class ReplicaDriver
{
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

using System.Diagnostics;
using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>
/// The traces that the next votes of a replica belong to. Of a leader they are those of the commands that were submitted and have
/// no slot yet, of another acceptor those of the Accepts that have just come. One write of the log is for all of them.
/// </summary>
internal sealed class BatchTrace(string node, string @namespace)
{
    private readonly List<ActivityContext> _causes = [];

    /// <summary>The call under way has brought something to vote for.</summary>
    public void AddCaller()
    {
        ActivityContext caller = Tracing.Caller;
        if (Tracing.IsRecorded(caller) && _causes.Count <= Tracing.MaxLinks)
            _causes.Add(caller);
    }

    /// <summary>
    /// Begins the span of a vote, which ends when the vote is durable; null when there is none, or nobody traces. While it is the
    /// current one, messages that are sent carry it.
    /// </summary>
    /// <param name="output">What is to be sent and written.</param>
    /// <param name="leads">Whether this replica leads.</param>
    public Activity? Begin(Output output, bool leads)
    {
        if (_causes.Count == 0)
            return null;
        Activity? vote = output.MustSync ? Tracing.Join(leads ? "doozer.propose" : "doozer.accept", _causes) : null;
        vote?.SetTag(Tracing.Namespace, @namespace).SetTag(Tracing.Node, node).SetTag("doozer.records", output.Records.Count);

        // What was submitted to a leader may have to wait for a slot; any other cause has had its effect.
        if (output.MustSync || !leads)
            _causes.Clear();
        return vote;
    }
}

using Doozer.Grains;
using Doozer.Node;
using Doozer.Paxos;
using Doozer.Replicas;

namespace Doozer.Namespaces;

/// <summary>
/// Finds out whether a namespace has begun, and makes nothing of it. A write is acknowledged once a phase-2 quorum has it on
/// disk, and for that has replicas. So when of every phase-2 quorum some node has none, asked after the search began, no write
/// was acknowledged before it began.
/// </summary>
internal sealed class NamespaceSearch(
    ReplicaDrivers replicas, NodeStorage storage, Func<string, INodeGrain> nodeOf, DoozerOptions options, TimeProvider time)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly Admission _admission = new("requests for namespaces without files", options.MaxWaitingRequests);

    /// <summary>Whether anybody has begun a namespace; of a local read, whether this node has heard of it.</summary>
    /// <exception cref="NoQuorumException">Too few nodes answered in time.</exception>
    /// <exception cref="OverloadedException">Too many requests are waiting.</exception>
    public async ValueTask<bool> Exists(string @namespace, ReadMode mode)
    {
        if (replicas.Has(@namespace) || mode == ReadMode.Local)
            return replicas.Has(@namespace);
        using Admission.Entry entry = _admission.Enter();
        using var ended = new CancellationTokenSource();
        try
        {
            return await AskOthers(@namespace, ended.Token);
        }
        finally
        {
            ended.Cancel();
        }
    }

    /// <summary>Completes when this node has got a replica of a namespace, when it stops, or when the time is over.</summary>
    /// <exception cref="OverloadedException">Too many requests are waiting.</exception>
    public async Task WaitFor(string @namespace, TimeSpan timeout, Task stopping)
    {
        using Admission.Entry entry = _admission.Enter();
        long start = time.GetTimestamp();
        while (true)
        {
            string newest = replicas.Newest.Value;
            TimeSpan left = timeout - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || stopping.IsCompleted || replicas.Has(@namespace))
                return;
            await Waiting.AnyCompletesWithin(left, time, [replicas.Newest.Next(newest), stopping]);
        }
    }

    private async Task<bool> AskOthers(string @namespace, CancellationToken ended)
    {
        QuorumSystem quorums = options.Quorums;
        long start = time.GetTimestamp();
        List<(string Node, Task<bool> Answer)> open =
            [.. quorums.Acceptors.Where(node => node != options.Node).Select(node => (node, Ask(node, @namespace, ended)))];
        int without = 1;
        while (quorums.Count - without >= quorums.Phase2)
        {
            TimeSpan left = options.RequestTimeout - time.GetElapsedTime(start);
            if (!await Waiting.AnyCompletesWithin(left, time, [.. open.Select(asked => asked.Answer)]))
                throw new NoQuorumException(@namespace, quorums.ToString(), [.. open.Select(asked => asked.Node)]);
            foreach ((string Node, Task<bool> Answer) asked in open.Where(asked => asked.Answer.IsCompleted).ToArray())
            {
                if (await asked.Answer)
                    return true;
                without++;
                open.Remove(asked);
            }
        }

        return false;
    }

    /// <summary>A node's answer, however long it takes. One whose votes would not count has none.</summary>
    private async Task<bool> Ask(string node, string @namespace, CancellationToken ended)
    {
        INodeGrain asked = nodeOf(node);
        while (true)
        {
            try
            {
                NamespacePresence found = await asked.Find(@namespace);
                if (found.Quorums == storage.QuorumsInWords
                    && await storage.Meet(node, found.Incarnation) == found.Incarnation)
                {
                    return found.Exists;
                }
            }
            catch (Exception)
            {
                // Whatever the reason, it has not answered yet.
            }

            await Task.Delay(RetryDelay, time, ended);
        }
    }
}

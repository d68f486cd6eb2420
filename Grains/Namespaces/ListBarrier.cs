using Doozer.Paxos;
using Doozer.Replicas;

namespace Doozer.Namespaces;

/// <summary>
/// Holds the answer to a change of the list of namespaces back until it counts: until the nodes that have not followed it are too
/// few to choose anything, in <c>main</c> and in a namespace that was deleted. A write or a linearizable read there could
/// otherwise still succeed, among nodes that have not heard of it.
/// </summary>
internal sealed class ListBarrier(Func<string, INodeGrain> nodeOf, TimeProvider time)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Completes when so many nodes have followed the list, or when the time is over, and says which.</summary>
    /// <param name="revision">The revision of <c>main</c> that the change took.</param>
    /// <param name="quorums">Those who could choose something.</param>
    /// <param name="timeout">How long to wait.</param>
    public async Task<bool> Pass(long revision, IReadOnlyList<QuorumSystem> quorums, TimeSpan timeout)
    {
        long start = time.GetTimestamp();
        using var ended = new CancellationTokenSource();
        try
        {
            var open = quorums
                .SelectMany(each => each.Acceptors)
                .Distinct()
                .ToDictionary(node => node, node => Ask(node, revision, ended.Token));
            while (quorums.Any(each => each.IsPhase2Quorum(open.Keys)))
            {
                TimeSpan left = timeout - time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || !await Waiting.AnyCompletesWithin(left, time, [.. open.Values]))
                    return false;
                foreach (string node in open.Keys.Where(node => open[node].IsCompleted).ToArray())
                    open.Remove(node);
            }

            return true;
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    /// <summary>Completes when the node has followed, however long it takes.</summary>
    private async Task Ask(string node, long revision, CancellationToken ended)
    {
        INodeGrain asked = nodeOf(node);
        while (!ended.IsCancellationRequested)
        {
            try
            {
                if (await asked.HasFollowed(revision))
                    return;
            }
            catch (Exception)
            {
                // Whatever the reason, it has not answered yet.
                await Task.Delay(RetryDelay, time, ended);
            }
        }
    }
}

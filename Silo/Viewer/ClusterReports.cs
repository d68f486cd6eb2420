using Doozer.Silo.Serve;

namespace Doozer.Silo.Viewer;

/// <summary>
/// Asks all nodes what they say of a namespace. However many look at one node, it asks once a second at most for a namespace.
/// </summary>
internal sealed class ClusterReports(IGrainFactory grains, NodeAddresses nodes, TimeProvider time)
{
    private const int MostKept = 100;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Since, Task<NodeResult[]> Results)> _kept = new(StringComparer.Ordinal);

    /// <summary>All nodes, in the order of their ids; those that do not answer soon have no report.</summary>
    public Task<NodeResult[]> Of(string @namespace)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(@namespace, out (long Since, Task<NodeResult[]> Results) kept)
                && time.GetElapsedTime(kept.Since) < Fresh)
            {
                return kept.Results;
            }

            if (_kept.Count >= MostKept)
                _kept.Clear();
            Task<NodeResult[]> results = Task.WhenAll(nodes.All.Select(node => Ask(node, @namespace)));
            _kept[@namespace] = (time.GetTimestamp(), results);
            return results;
        }
    }

    private async Task<NodeResult> Ask(NodeAddress node, string @namespace)
    {
        NodeReport? report = null;
        try
        {
            report = await grains.GetGrain<INodeReportGrain>(node.Id).Report(@namespace).WaitAsync(Patience, time);
        }
        catch (Exception)
        {
            // Whatever the reason, it does not answer: that is what is told of it.
        }

        return new NodeResult(node.Id, node.Url, report);
    }
}

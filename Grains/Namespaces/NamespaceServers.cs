using Doozer.Grains;
using Doozer.Node;
using Doozer.Replicas;
using Microsoft.Extensions.Logging;

namespace Doozer.Namespaces;

/// <summary>Makes what serves a namespace in a grain.</summary>
internal sealed class NamespaceServers(
    EventReaders events, LongReads longReads, DiskRoom room, DoozerOptions options, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Makes one.</summary>
    /// <param name="replica">The node's replica.</param>
    /// <param name="grains">Finds the replicas of the group on other nodes.</param>
    public NamespaceServer Create(ReplicaDriver replica, IGrainFactory grains)
    {
        var replicas = new Dictionary<string, IReplicaGrain>(StringComparer.Ordinal);
        string group = replica.Group.ToString();
        return new NamespaceServer(
            replica,
            On,
            events.GetOrAdd(replica),
            longReads,
            options,
            time,
            loggers.CreateLogger($"Doozer.{replica.Namespace}"),
            room);

        // Looked up for every call to the leader, and not cheap to make.
        IReplicaGrain On(string node)
        {
            if (!replicas.TryGetValue(node, out IReplicaGrain? found))
                replicas[node] = found = grains.GetGrain<IReplicaGrain>(Names.ReplicaKey(group, node));
            return found;
        }
    }
}

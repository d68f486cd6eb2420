using System.Collections.Concurrent;
using Doozer.Grains;
using Doozer.Node;
using Microsoft.Extensions.Logging;

namespace Doozer.Replicas;

/// <summary>The replicas of this node, by namespace.</summary>
internal sealed class ReplicaDrivers(
    DoozerOptions options, NodeStorage storage, NodeFailure failure, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ConcurrentDictionary<string, ReplicaDriver> _replicas = new(StringComparer.Ordinal);
    private readonly Lock _creating = new();

    public IEnumerable<ReplicaDriver> All => _replicas.Values;

    /// <summary>The namespace that this node got a replica of last. Any thread.</summary>
    public Latest<string> Newest { get; } = new("");

    /// <summary>Whether this node has a replica of a namespace, in use or only on its disk. Any thread.</summary>
    public bool Has(string @namespace) => _replicas.ContainsKey(@namespace) || storage.HasRecovered(@namespace);

    /// <summary>The replica of a namespace, if this node has one. Any thread.</summary>
    public ReplicaDriver? Find(string @namespace) => Has(@namespace) ? GetOrCreate(@namespace) : null;

    /// <summary>The replica of a namespace, made from what the log holds when it is first asked for.</summary>
    /// <exception cref="InvalidNamespaceException">There would be more namespaces than the node may serve.</exception>
    public ReplicaDriver GetOrCreate(string @namespace)
    {
        if (_replicas.TryGetValue(@namespace, out ReplicaDriver? replica))
            return replica;
        lock (_creating)
        {
            if (_replicas.TryGetValue(@namespace, out replica))
                return replica;
            if (_replicas.Count >= options.MaxNamespaces && !storage.HasRecovered(@namespace))
            {
                throw new InvalidNamespaceException(
                    @namespace, $"this node already serves its limit of {options.MaxNamespaces} namespaces");
            }

            replica = new ReplicaDriver(
                @namespace, options, storage, failure, time, loggers.CreateLogger($"Doozer.{@namespace}"));
            _replicas[@namespace] = replica;
            Newest.Publish(@namespace);
            return replica;
        }
    }
}

using System.Collections.Concurrent;
using Doozer.Clustering;
using Doozer.Grains;
using Doozer.Node;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Replicas;

/// <summary>
/// The replicas of this node: of <c>main</c>, and of each namespace that is on the list in this node's tree of <c>main</c>, made
/// when they are first asked for. Any thread.
/// </summary>
internal sealed class ReplicaDrivers(
    DoozerOptions options,
    NodeStorage storage,
    NodeFailure failure,
    TimeProvider time,
    ILoggerFactory loggers,
    ClusteringNode? clustering = null)
{
    private readonly ConcurrentDictionary<GroupName, ReplicaDriver> _replicas = new();
    private readonly Lock _changing = new();

    /// <summary>Those that are in use.</summary>
    public IEnumerable<ReplicaDriver> All => _replicas.Values;

    /// <summary>The one of <c>main</c>, whose tree has the list.</summary>
    public ReplicaDriver Main => Find(GroupName.Main)!;

    /// <summary>Groups that this node has replicas of, in use or only on its disk.</summary>
    public IEnumerable<GroupName> Groups => _replicas.Keys.Concat(Recovered).Distinct();

    private IEnumerable<GroupName> Recovered =>
        storage.RecoveredGroups.Select(GroupName.Parse).Where(group => group is not null).Select(group => group!.Value);

    /// <summary>The namespaces that this node knows of, by name.</summary>
    public IEnumerable<string> Namespaces => Known.Select(group => group.Namespace).Order(StringComparer.Ordinal);

    /// <summary>The groups that are there, as far as this node knows; none before it has started.</summary>
    public IEnumerable<GroupName> Known
    {
        get
        {
            if (!_replicas.ContainsKey(GroupName.Main))
                return [];
            TreeVersion main = Main.Tree.Latest;
            return NamespaceList.Groups(main).Concat(Groups).Distinct().Where(group => !NamespaceList.IsDeleted(main, group));
        }
    }

    /// <summary>The replica of a namespace; null when there is none of that name, as far as this node knows.</summary>
    public ReplicaDriver? Find(string @namespace)
    {
        if (@namespace == Names.Main)
            return Main;
        return NamespaceList.Find(Main.Tree.Latest, @namespace) is var (group, _)
            ? Find(group)
            : Find(new GroupName(@namespace, 0));
    }

    /// <summary>The replica of a group; null when the group is not there, or this node does not know of it yet.</summary>
    public ReplicaDriver? Find(GroupName group)
    {
        if (_replicas.TryGetValue(group, out ReplicaDriver? replica))
            return replica;
        lock (_changing)
        {
            if (_replicas.TryGetValue(group, out replica))
                return replica;
            if (RecordOf(group) is not { } record)
                return null;
            replica = new ReplicaDriver(
                group,
                record,
                options,
                storage,
                failure,
                time,
                loggers.CreateLogger($"Doozer.{group.Namespace}"),
                isAlive: clustering is null ? null : clustering.Liveness.Signals.IsAlive);
            _replicas[group] = replica;
            return replica;
        }
    }

    /// <summary>
    /// Ends the replica of a group that was deleted, and forgets it. Completes when no restart would bring it back.
    /// </summary>
    public async Task End(GroupName group)
    {
        ReplicaDriver? replica;

        // Whoever makes a replica looks at the list under the lock, and it has been off the list since before.
        lock (_changing)
            _replicas.TryRemove(group, out replica);
        if (replica is not null)
            await replica.End();
        await storage.Forget(group.ToString());
    }

    private NamespaceRecord? RecordOf(GroupName group)
    {
        if (group == GroupName.Main)
            return new NamespaceRecord();
        TreeVersion main = Main.Tree.Latest;
        if (NamespaceList.Find(main, group.Namespace) is var (listed, record) && listed == group)
            return record;

        // It was there before there was a list, and is not on it yet.
        return group.Generation == 0 && storage.HasRecovered(group.Namespace) && !NamespaceList.IsAdopted(main, group.Namespace)
            ? new NamespaceRecord()
            : null;
    }
}

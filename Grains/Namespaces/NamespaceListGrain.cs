using Doozer.Grains;
using Doozer.Placement;
using Doozer.Replicas;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Namespaces;

/// <summary>Changes the list of namespaces through this silo, by its <see cref="NamespaceListServer"/>.</summary>
[Reentrant]
[StatelessWorker(1)]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class NamespaceListGrain(
    ReplicaDrivers replicas, NamespaceServers servers, ListBarrier barrier, DoozerOptions options)
    : Grain, INamespaceListGrain
{
    private NamespaceListServer? _server;

    private NamespaceListServer Server => _server ??= new NamespaceListServer(
        servers.Create(replicas.Main, GrainFactory), replicas, barrier, options);

    public Task<long> Create(string @namespace, Guid requestId, long? floor, int replicas) =>
        Server.Create(@namespace, requestId, floor, replicas);

    public Task<long> Delete(string @namespace, Guid requestId, long? floor) => Server.Delete(@namespace, requestId, floor);

    public Task Adopt(string[] namespaces) => Server.Adopt(namespaces);
}

using Doozer.Replicas;
using Doozer.Storage;

namespace Doozer.Namespaces;

/// <inheritdoc/>
internal sealed class NamespaceSnapshots(IGrainFactory grains, ReplicaDrivers replicas) : INamespaceSnapshots
{
    /// <summary>Most at once: each keeps the tree and the history in memory that it began with.</summary>
    private const int MostSaves = 2;

    private readonly Admission _admission = new("snapshots being saved", MostSaves);

    public async Task Save(string @namespace, Stream destination, CancellationToken cancellation)
    {
        using Admission.Entry entry = _admission.Enter();

        // A linearizable read: when it is answered, the local replica has applied all that was acknowledged before it.
        await grains.GetGrain<INamespaceGrain>(@namespace).Rev().WaitAsync(cancellation);
        ReplicaDriver replica = replicas.Find(@namespace)
            ?? throw new NoNamespaceException(@namespace);
        (long slot, Tree.TreeCapture tree) = await replica.Capture().WaitAsync(cancellation);
        using SnapshotEncoding encoding = TreeSnapshotFile.Encode(@namespace, slot, tree);
        while (encoding.TryNext(out ReadOnlyMemory<byte> piece))
            await destination.WriteAsync(piece, cancellation);
    }
}

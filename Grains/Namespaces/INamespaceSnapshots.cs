namespace Doozer.Namespaces;

/// <summary>
/// Saves namespaces from a running node. Added by <see cref="Doozer.Grains.DoozerSiloBuilderExtensions.AddDoozer"/>.
/// </summary>
public interface INamespaceSnapshots
{
    /// <summary>
    /// Writes a snapshot of a namespace that holds at least everything acknowledged before the call. When it fails, what was
    /// written is of no use; <see cref="Doozer.Node.SnapshotFiles.Verify"/> tells.
    /// </summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NoQuorumException">No leader confirmed with its quorum that nothing is missing; nothing was
    /// written.</exception>
    /// <exception cref="OverloadedException">Too many are being saved by this node.</exception>
    Task Save(string @namespace, Stream destination, CancellationToken cancellation);
}

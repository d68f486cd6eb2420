namespace Doozer;

/// <summary>
/// A node as the others ask it. The key is the node's id, and the grain lives only on the silo of that name. Applications call
/// <see cref="INamespaceGrain"/>.
/// </summary>
[Alias("Doozer.INodeGrain")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>
    /// Waits a little until the node has made and ended the namespaces that were made and deleted up to a revision of
    /// <see cref="Names.Main"/>: from then on it takes part in none of those that were deleted, also after a restart.
    /// </summary>
    /// <param name="revision">The revision.</param>
    /// <returns>Whether it has.</returns>
    [Alias("HasFollowed")]
    [ResponseTimeout("00:00:05")]
    Task<bool> HasFollowed(long revision);

    /// <summary>Tells whether the node's disk is so full that it takes no writes but deletes.</summary>
    [Alias("IsDiskLow")]
    [ResponseTimeout("00:00:02")]
    Task<bool> IsDiskLow();
}

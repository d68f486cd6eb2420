namespace Doozer;

/// <summary>
/// A node as the others ask it. The key is the node's id, and the grain lives only on the silo of that name. Applications call
/// <see cref="INamespaceGrain"/>.
/// </summary>
[Alias("Doozer.INodeGrain")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Tells whether the node has a replica of a namespace, and makes none.</summary>
    /// <param name="namespace">The namespace.</param>
    [Alias("Find")]
    [ResponseTimeout("00:00:02")]
    Task<NamespacePresence> Find(string @namespace);

    /// <summary>Tells whether the node's disk is so full that it takes no writes but deletes.</summary>
    [Alias("IsDiskLow")]
    [ResponseTimeout("00:00:02")]
    Task<bool> IsDiskLow();
}

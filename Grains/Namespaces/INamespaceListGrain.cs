namespace Doozer.Namespaces;

/// <summary>
/// The list of namespaces, as the other grains of the silo change it. The key is <see cref="Names.Main"/>, in whose tree it is.
/// </summary>
[Alias("Doozer.INamespaceListGrain")]
internal interface INamespaceListGrain : IGrainWithStringKey
{
    /// <summary>As <see cref="INamespaceGrain.Create"/>.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="requestId">Identity of the request.</param>
    /// <param name="floor">A revision that the caller knew before.</param>
    /// <param name="replicas">How many nodes are to vote.</param>
    [Alias("Create")]
    [ResponseTimeout("00:00:45")]
    Task<long> Create(string @namespace, Guid requestId, long? floor, int replicas);

    /// <summary>As <see cref="INamespaceGrain.Delete"/>.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="requestId">Identity of the request.</param>
    /// <param name="floor">A revision that the caller knew before.</param>
    [Alias("Delete")]
    [ResponseTimeout("00:00:45")]
    Task<long> Delete(string @namespace, Guid requestId, long? floor);

    /// <summary>Puts namespaces on the list that were there before it was, unless they have ever been on it.</summary>
    /// <param name="namespaces">Their names.</param>
    [Alias("Adopt")]
    [ResponseTimeout("00:00:45")]
    Task Adopt(string[] namespaces);
}

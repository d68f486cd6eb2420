namespace Doozer.Client;

/// <summary>
/// The store, for an application: its default namespace, and by name any other. One instance serves a whole process; all members
/// are safe for concurrent use.
/// </summary>
public interface IDoozerClient : IDoozerNamespace
{
    /// <summary>
    /// Another namespace. Namespaces are independent trees; what is asked of one that is not there fails with
    /// <see cref="NoNamespaceException"/>.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <returns>A light object that may be kept.</returns>
    /// <exception cref="InvalidNamespaceException">The name is empty. Other faults are found by the first request.</exception>
    IDoozerNamespace Namespace(string name);

    /// <summary>Makes a namespace, with an empty tree.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="replicas">
    /// How many nodes vote in it, of the cluster's voters; 0 for all of them up to <see cref="Limits.DefaultReplicas"/>.
    /// </param>
    /// <param name="cancellationToken">Stops waiting; the namespace may still be made.</param>
    /// <returns>The revision of <see cref="Names.Main"/> that it took.</returns>
    /// <exception cref="NamespaceExistsException">It is there already.</exception>
    /// <exception cref="TooManyNamespacesException">There are as many as there may be.</exception>
    /// <exception cref="InvalidNamespaceException">The name is not valid.</exception>
    /// <exception cref="InvalidArgumentException">There is no such number of replicas.</exception>
    Task<long> CreateNamespaceAsync(string name, int replicas = 0, CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes a namespace, with all that is in it. Its name can be used again, for one that begins beyond its revisions.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting; the namespace may still be deleted.</param>
    /// <returns>The revision of <see cref="Names.Main"/> that it took.</returns>
    /// <exception cref="NoNamespaceException">It is not there.</exception>
    /// <exception cref="InvalidNamespaceException">It is <see cref="Names.Main"/>, which is always there.</exception>
    Task<long> DeleteNamespaceAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>The names of all namespaces: <see cref="Names.Main"/>, and then the others in ordinal order.</summary>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    /// <param name="cancellationToken">Ends it.</param>
    IAsyncEnumerable<string> ListNamespacesAsync(
        ReadMode mode = ReadMode.Linearizable, CancellationToken cancellationToken = default);
}

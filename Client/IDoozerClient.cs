namespace Doozer.Client;

/// <summary>
/// The store, for an application: its default namespace, and by name any other. One instance serves a whole process; all members
/// are safe for concurrent use.
/// </summary>
public interface IDoozerClient : IDoozerNamespace
{
    /// <summary>Another namespace. Namespaces are independent trees; one that was never written reads as empty.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>A light object that may be kept.</returns>
    /// <exception cref="InvalidNamespaceException">The name is empty. Other faults are found by the first request.</exception>
    IDoozerNamespace Namespace(string name);
}

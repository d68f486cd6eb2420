using System.Runtime.CompilerServices;

namespace Doozer.Client.Recipes;

/// <summary>
/// Which instances of which services are there: each is a file, held by the session of its process, so that it goes when the
/// process does.
/// </summary>
/// <param name="store">The namespace.</param>
/// <param name="path">Its directory: below it one for each service, with a file for each instance.</param>
public sealed class ServiceRegistry(IDoozerNamespace store, string path)
{
    /// <summary>
    /// Registers an instance. One of the same name is replaced: it is that of a process that is gone and whose session is not yet
    /// over.
    /// </summary>
    /// <param name="session">Who registers; the registration ends with the session.</param>
    /// <param name="service">Name of the service.</param>
    /// <param name="instance">Name of the instance.</param>
    /// <param name="value">What the others are to know of it, such as its address.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>The registration: dispose of it to take it back.</returns>
    /// <exception cref="InvalidPathException">A name is not one that a file may have.</exception>
    /// <exception cref="SessionExpiredException">The session is over.</exception>
    /// <exception cref="DoozerException">The store failed, as in any write.</exception>
    public async Task<ServiceRegistration> RegisterAsync(
        Session session,
        string service,
        string instance,
        ReadOnlyMemory<byte> value,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        string file = $"{path}/{service}/{instance}";
        await store.SetAsync(
            file, value, Revisions.Clobber, session: session.Id, cancellationToken: cancellationToken);
        return new ServiceRegistration(store, session, file);
    }

    /// <summary>
    /// All instances of a service, now and whenever one comes, goes or changes. Changes that follow quickly may come as one. Goes
    /// on through failures until it is cancelled.
    /// </summary>
    /// <param name="service">Name of the service.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidGlobException">The name is not one that a directory may have.</exception>
    public async IAsyncEnumerable<IReadOnlyList<ServiceInstance>> FollowAsync(
        string service, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (IReadOnlyDictionary<string, WalkedFile> files in
            new FollowedFiles(store, $"{path}/{service}/*").FollowAsync(cancellationToken))
        {
            yield return [.. files.Values.Select(static file => new ServiceInstance(
                file.Path[(file.Path.LastIndexOf('/') + 1)..], file.Body, file.Revision, file.Session))];
        }
    }
}

/// <summary>An instance of a service.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">What it says of itself.</param>
/// <param name="Revision">The revision at which it said so.</param>
/// <param name="Session">Id of its session.</param>
public sealed record ServiceInstance(string Name, byte[] Value, long Revision, long Session);

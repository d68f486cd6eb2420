using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Doozer.Client;

/// <summary>
/// The default namespace, and the way to the others; all share one sender and so one limit on requests under way, and each has
/// one keeper of sessions.
/// </summary>
internal sealed class DoozerClient : DoozerNamespace, IDoozerClient, IDisposable
{
    private readonly Func<string, INamespaceGrain> _grains;
    private readonly RequestSender _sender;
    private readonly ConcurrentDictionary<string, SessionKeeper> _keepers;

    public DoozerClient(
        Func<string, INamespaceGrain> grains,
        DoozerClientOptions options,
        GatewayWatch gateways,
        TimeProvider time,
        Random random)
        : this(
            grains,
            options.Namespace,
            new RequestSender(options, gateways, time, random),
            new ConcurrentDictionary<string, SessionKeeper>(StringComparer.Ordinal))
    {
    }

    private DoozerClient(
        Func<string, INamespaceGrain> grains,
        string name,
        RequestSender sender,
        ConcurrentDictionary<string, SessionKeeper> keepers)
        : base(grains, name, sender, keepers)
    {
        _grains = grains;
        _sender = sender;
        _keepers = keepers;
    }

    /// <summary>Nothing can be asked any more, and watches end.</summary>
    public void Dispose() => _sender.Close();

    public IDoozerNamespace Namespace(string name) => Open(name);

    public Task<long> CreateNamespaceAsync(string name, int replicas = 0, CancellationToken cancellationToken = default) =>
        Open(name).CreateAsync(replicas, cancellationToken);

    public Task<long> DeleteNamespaceAsync(string name, CancellationToken cancellationToken = default) =>
        Open(name).DeleteAsync(cancellationToken);

    public async IAsyncEnumerable<string> ListNamespacesAsync(
        ReadMode mode = ReadMode.Linearizable, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return Names.Main;

        // A walk, since the directory is not there while it is empty.
        string directory = Names.ListDirectory + "/";
        await foreach (WalkedFile file in Open(Names.Main).WalkAsync(
            directory + "*", mode: mode, cancellationToken: cancellationToken))
        {
            yield return file.Path[directory.Length..];
        }
    }

    private DoozerNamespace Open(string name) => string.IsNullOrEmpty(name)
        ? throw new InvalidNamespaceException(name ?? "", "it is empty")
        : new DoozerNamespace(_grains, name, _sender, _keepers);
}

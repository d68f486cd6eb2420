using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Doozer.Client;

/// <summary>Finds the grain of a namespace.</summary>
/// <param name="ForOne">For a call with one request.</param>
/// <param name="ForMany">For calls that requests share; null if there are none.</param>
internal sealed record NamespaceGrains(
    Func<string, INamespaceGrain> ForOne, Func<string, IFileRequestsGrain>? ForMany = null);

/// <summary>
/// The default namespace, and the way to the others; all share one sender and so one limit on requests under way.
/// </summary>
internal sealed class DoozerClient : DoozerNamespace, IDoozerClient, IDisposable
{
    /// <summary>With more names each request for a namespace makes it anew.</summary>
    private const int MaxNamespaces = 10_000;

    private readonly ConcurrentDictionary<string, DoozerNamespace> _namespaces = new(StringComparer.Ordinal);
    private readonly NamespaceGrains _grains;
    private readonly RequestSender _sender;

    public DoozerClient(
        NamespaceGrains grains, DoozerClientOptions options, GatewayWatch gateways, TimeProvider time, Random random)
        : this(grains, options.Namespace, new RequestSender(options, gateways, time, random))
    {
    }

    private DoozerClient(NamespaceGrains grains, string name, RequestSender sender)
        : base(grains, name, sender)
    {
        _grains = grains;
        _sender = sender;
        _namespaces[name] = this;
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

    private DoozerNamespace Open(string name)
    {
        if (string.IsNullOrEmpty(name))
            throw new InvalidNamespaceException(name ?? "", "it is empty");
        if (_namespaces.TryGetValue(name, out DoozerNamespace? open))
            return open;
        var opened = new DoozerNamespace(_grains, name, _sender);
        return _namespaces.Count < MaxNamespaces ? _namespaces.GetOrAdd(name, opened) : opened;
    }
}

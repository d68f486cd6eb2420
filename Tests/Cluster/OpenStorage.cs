using Doozer.Grains;
using Doozer.Node;
using Doozer.Replicas;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

/// <summary>The open storage of a node n1, in a folder of its own that goes with it.</summary>
internal sealed class OpenStorage : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("doozer-storage-").FullName;

    private OpenStorage(params string[] peers)
    {
        Options = new DoozerOptions { Node = "n1", DataDirectory = _data };
        foreach (string peer in peers)
            Options.Peers.Add(peer);
        Storage = new NodeStorage(Options, Failure, NullLogger<NodeStorage>.Instance);
    }

    public DoozerOptions Options { get; }

    public NodeFailure Failure { get; } = new(NullLogger<NodeFailure>.Instance);

    public NodeStorage Storage { get; }

    /// <summary>Opens it.</summary>
    /// <param name="peers">All nodes.</param>
    public static async Task<OpenStorage> Of(params string[] peers)
    {
        var opened = new OpenStorage(peers);
        await opened.Storage.Open();
        return opened;
    }

    /// <summary>A replica of <c>main</c> that nobody drives yet.</summary>
    public ReplicaDriver NewReplica() => new(
        GroupName.Main, new NamespaceRecord(), Options, Storage, Failure, TimeProvider.System, NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        await Storage.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}

namespace Doozer.Tests.Cluster;

/// <summary>Three nodes for all the tests of a class, none of which does it any harm.</summary>
public sealed class ThreeNodesFixture : IAsyncLifetime
{
    internal DoozerCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await DoozerCluster.Start(nodes: 3);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

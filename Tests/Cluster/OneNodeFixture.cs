namespace Doozer.Tests.Cluster;

/// <summary>One node for all the tests of a class, none of which does it any harm.</summary>
public sealed class OneNodeFixture : IAsyncLifetime
{
    internal DoozerCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await DoozerCluster.Start(nodes: 1);

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

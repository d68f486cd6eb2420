namespace Doozer.Tests.EndToEnd;

/// <summary>
/// Real nodes for all the tests of a class: to start one takes seconds. A test may kill them; the next one starts those again
/// that do not run, so it knows neither who leads nor the revision.
/// </summary>
public abstract class ProcessFixture(int nodes) : IAsyncDisposable
{
    internal ProcessCluster Cluster { get; } = new(nodes);

    /// <summary>The cluster, with all its nodes up and ready.</summary>
    internal async Task<ProcessCluster> AllUp()
    {
        await Cluster.StartAll();
        return Cluster;
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class OneProcessFixture() : ProcessFixture(1);

public sealed class ThreeProcessesFixture() : ProcessFixture(3);

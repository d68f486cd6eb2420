using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Doozer.Tests.StandIn;

/// <summary>A test cluster with short probe times.</summary>
internal static class EngineCluster
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task<InProcessTestCluster> DeployAsync(short silos, TimeSpan? probe = null, Action<IServiceCollection>? configure = null)
    {
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) => silo
            .Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = probe ?? TimeSpan.FromSeconds(1);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
                options.TableRefreshTimeout = TimeSpan.FromSeconds(1);
            })
            .Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10))
            .ConfigureServices(services =>
            {
                services.AddPlacementDirector<PinnedPlacement, PinnedPlacementDirector>();
                configure?.Invoke(services);
            }));
        builder.ConfigureClient(client => client
            .Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10)));
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync().WaitAsync(Limit);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    /// <summary>Repeats a call that may fail for a while; the last failure is thrown when the time is up.</summary>
    public static async Task<T> EventuallyAsync<T>(Func<Task<T>> call)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }
}

/// <summary>Two silos and a client, shared by the tests that break nothing.</summary>
public sealed class TwoSilos : IAsyncLifetime
{
    public InProcessTestCluster Cluster { get; private set; } = null!;

    public IClusterClient Client => Cluster.Client;

    /// <summary>The factory inside the first silo, for calls that need not cross the wire.</summary>
    public IGrainFactory Local => Cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>();

    // Nothing is killed here, and other tests keep all cores busy: so long a probe only fails when something hangs.
    public async ValueTask InitializeAsync() => Cluster = await EngineCluster.DeployAsync(2, TimeSpan.FromSeconds(5));

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

using System.Net;
using Doozer.Client.Clustering;
using Doozer.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Doozer.Tests.Examples;

/// <summary>
/// An Orleans application with a grain of its own, three silos, and no database: the silos keep their membership by themselves.
/// Of Doozer it uses nothing but the clustering.
/// </summary>
[Collection(SiloCollection.Name)]
public sealed class OrdinaryApplication
{
    private const string Cluster = "shop";

    [Fact]
    public async Task ThreeSilosServeACart()
    {
        string data = Directory.CreateTempSubdirectory("shop-").FullName;
        using var allocator = new TestClusterPortAllocator();
        (int siloPort, int gatewayPort) = allocator.AllocateConsecutivePortPairs(3);
        (int peerPort, _) = allocator.AllocateConsecutivePortPairs(3);

        // In life each silo is a process on a machine of its own; which of them starts first does not matter.
        IHost[] silos = [Silo(0), Silo(1), Silo(2)];
        await Task.WhenAll(silos.Select(silo => silo.StartAsync(TestContext.Current.CancellationToken)));

        // A client needs the address of one peer, and learns the others from it.
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(Identify)
            .UseQuorumClustering($"http://127.0.0.1:{peerPort}"));
        IHost client = builder.Build();
        await client.StartAsync(TestContext.Current.CancellationToken);

        IGrainFactory grains = client.Services.GetRequiredService<IGrainFactory>();
        await grains.GetGrain<ICartGrain>("ada").Add("bread");
        (await grains.GetGrain<ICartGrain>("ada").Add("milk")).ShouldBe(["bread", "milk"]);

        foreach (IHost host in (IHost[])[client, .. silos])
        {
            await host.StopAsync(TestContext.Current.CancellationToken);
            host.Dispose();
        }

        Directory.Delete(data, recursive: true);

        IHost Silo(int number)
        {
            HostApplicationBuilder host = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            host.UseOrleans(silo => silo
                .Configure<ClusterOptions>(Identify)
                .ConfigureEndpoints(IPAddress.Loopback, siloPort + number, gatewayPort + number)
                .UseQuorumClustering(options =>
                {
                    options.Node = $"n{number}";
                    for (int i = 0; i < 3; i++)
                        options.Peers.Add($"n{i}", new Uri($"http://127.0.0.1:{peerPort + i}"));
                    options.DataDirectory = Path.Combine(data, $"n{number}");

                    // Needed as soon as the peers are on several machines: the same secret on all.
                    options.Secret = "a-secret-from-a-file-or-a-vault";
                }));
            return host.Build();
        }
    }

    private static void Identify(ClusterOptions options)
    {
        options.ClusterId = Cluster;
        options.ServiceId = Cluster;
    }
}

/// <summary>The application's own grain.</summary>
[Alias("Doozer.Tests.Examples.ICartGrain")]
public interface ICartGrain : IGrainWithStringKey
{
    [Alias("Add")]
    Task<string[]> Add(string item);
}

public sealed class CartGrain : Grain, ICartGrain
{
    private readonly List<string> _items = [];

    public Task<string[]> Add(string item)
    {
        _items.Add(item);
        return Task.FromResult(_items.ToArray());
    }
}

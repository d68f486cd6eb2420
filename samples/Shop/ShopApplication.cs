using System.Net;
using Doozer.Client.Clustering;
using Doozer.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Shop;

/// <summary>The first of three consecutive ports of each kind.</summary>
public sealed record ShopPorts(int Silo, int Gateway, int Peer);

/// <summary>
/// An Orleans application with a grain of its own, three silos, and no database: the silos keep their membership by themselves.
/// Of Doozer it uses nothing but the clustering.
/// </summary>
public static class ShopApplication
{
    private const string Cluster = "shop";
    private const int Silos = 3;

    public static async Task Run(ShopPorts ports, string data, TextWriter output, CancellationToken stop)
    {
        // In life each silo is a process on a machine of its own; which of them starts first does not matter.
        IHost[] silos = [.. Enumerable.Range(0, Silos).Select(number => Silo(number, ports, data))];
        await Task.WhenAll(silos.Select(silo => silo.StartAsync(stop)));

        IHost client = Client(ports);
        await client.StartAsync(stop);
        ICartGrain cart = client.Services.GetRequiredService<IGrainFactory>().GetGrain<ICartGrain>("ada");
        await cart.Add("bread");
        await output.WriteLineAsync($"In Ada's cart: {string.Join(", ", await cart.Add("milk"))}");

        foreach (IHost host in (IHost[])[client, .. silos])
        {
            await host.StopAsync(stop);
            host.Dispose();
        }
    }

    private static IHost Silo(int number, ShopPorts ports, string data)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(Identify)
            .ConfigureEndpoints(IPAddress.Loopback, ports.Silo + number, ports.Gateway + number)
            .UseQuorumClustering(options =>
            {
                options.Node = $"n{number}";
                for (int peer = 0; peer < Silos; peer++)
                    options.Peers.Add($"n{peer}", new Uri($"http://127.0.0.1:{ports.Peer + peer}"));
                options.DataDirectory = Path.Combine(data, $"n{number}");

                // Needed as soon as the peers are on several machines: the same secret on all.
                options.Secret = "a-secret-from-a-file-or-a-vault";
            }));
        return builder.Build();
    }

    // A client needs the address of one peer, and learns the others from it.
    private static IHost Client(ShopPorts ports)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(Identify)
            .UseQuorumClustering($"http://127.0.0.1:{ports.Peer}"));
        return builder.Build();
    }

    private static void Identify(ClusterOptions options)
    {
        options.ClusterId = Cluster;
        options.ServiceId = Cluster;
    }
}

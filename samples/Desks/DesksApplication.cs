using System.Net;
using System.Text;
using Doozer;
using Doozer.Client;
using Doozer.Clustering;
using Doozer.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Desks;

/// <summary>The first of three consecutive ports of each kind.</summary>
public sealed record DesksPorts(int Silo, int Gateway, int Peer);

/// <summary>
/// An Orleans application whose silos also hold Doozer's replicas: its grains have a consistent store,
/// <see cref="IDoozerClient"/>, at hand, and there is still nothing to run beside the application.
/// </summary>
public static class DesksApplication
{
    private const string Cluster = "desks";
    private const int Silos = 3;

    public static async Task Run(DesksPorts ports, string data, TextWriter output, CancellationToken stop)
    {
        IHost[] silos = [.. Enumerable.Range(0, Silos).Select(number => Silo(number, ports, data))];
        await Task.WhenAll(silos.Select(silo => silo.StartAsync(stop)));

        IDeskGrain desk = silos[0].Services.GetRequiredService<IGrainFactory>().GetGrain<IDeskGrain>("north");
        await desk.Greet("Good morning");

        // The second silo reads what the grain has stored, from its own replica.
        IDoozerClient doozer = silos[1].Services.GetRequiredService<IDoozerClient>();
        FileContent greeting = await doozer.GetAsync("/desks/north/greeting", cancellationToken: stop);
        await output.WriteLineAsync($"The north desk says: {Encoding.UTF8.GetString(greeting.Body)}");

        foreach (IHost host in silos)
        {
            await host.StopAsync(stop);
            host.Dispose();
        }
    }

    private static IHost Silo(int number, DesksPorts ports, string data)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = Cluster)

            // A node of Doozer is found by its silo's name.
            .Configure<SiloOptions>(options => options.SiloName = $"n{number}")
            .ConfigureEndpoints(IPAddress.Loopback, ports.Silo + number, ports.Gateway + number)
            .UseQuorumClustering(options =>
            {
                options.Node = $"n{number}";
                for (int peer = 0; peer < Silos; peer++)
                    options.Peers.Add($"n{peer}", new Uri($"http://127.0.0.1:{ports.Peer + peer}"));
                options.DataDirectory = Path.Combine(data, $"n{number}", "clustering");
            })
            .AddDoozer(options =>
            {
                options.Node = $"n{number}";
                options.Cluster = Cluster;
                for (int peer = 0; peer < Silos; peer++)
                    options.Peers.Add($"n{peer}");
                options.DataDirectory = Path.Combine(data, $"n{number}", "tree");
            }));
        builder.Services.AddDoozerClient();
        return builder.Build();
    }
}

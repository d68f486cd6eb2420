using System.Net;
using System.Text;
using Doozer.Client;
using Doozer.Clustering;
using Doozer.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Doozer.Tests.Examples;

/// <summary>
/// An Orleans application whose silos also hold Doozer's replicas: its grains have a consistent store,
/// <see cref="IDoozerClient"/>, at hand, and there is still nothing to run beside the application.
/// </summary>
[Collection(SiloCollection.Name)]
public sealed class ApplicationWithDoozer
{
    private const string Cluster = "desk";

    [Fact]
    public async Task AGrainKeepsItsSettingsInDoozer()
    {
        string data = Directory.CreateTempSubdirectory("desk-").FullName;
        using var allocator = new TestClusterPortAllocator();
        (int siloPort, int gatewayPort) = allocator.AllocateConsecutivePortPairs(3);
        (int peerPort, _) = allocator.AllocateConsecutivePortPairs(3);
        IHost[] silos = [Silo(0), Silo(1), Silo(2)];
        await Task.WhenAll(silos.Select(silo => silo.StartAsync(TestContext.Current.CancellationToken)));

        await silos[0].Services.GetRequiredService<IGrainFactory>().GetGrain<IDeskGrain>("north").Greet("Good morning");

        // The second silo reads what the grain has stored, from its own replica's namespace.
        IDoozerClient doozer = silos[1].Services.GetRequiredService<IDoozerClient>();
        FileContent greeting = await doozer.GetAsync(
            "/desks/north/greeting", cancellationToken: TestContext.Current.CancellationToken);
        Encoding.UTF8.GetString(greeting.Body).ShouldBe("Good morning");

        foreach (IHost host in silos)
        {
            await host.StopAsync(TestContext.Current.CancellationToken);
            host.Dispose();
        }

        Directory.Delete(data, recursive: true);

        IHost Silo(int number)
        {
            HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.UseOrleans(silo => silo
                .Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = Cluster)

                // A node of Doozer is found by its silo's name.
                .Configure<SiloOptions>(options => options.SiloName = $"n{number}")
                .ConfigureEndpoints(IPAddress.Loopback, siloPort + number, gatewayPort + number)
                .UseQuorumClustering(options =>
                {
                    options.Node = $"n{number}";
                    for (int i = 0; i < 3; i++)
                        options.Peers.Add($"n{i}", new Uri($"http://127.0.0.1:{peerPort + i}"));
                    options.DataDirectory = Path.Combine(data, $"n{number}", "clustering");
                })
                .AddDoozer(options =>
                {
                    options.Node = $"n{number}";
                    options.Cluster = Cluster;
                    for (int i = 0; i < 3; i++)
                        options.Peers.Add($"n{i}");
                    options.DataDirectory = Path.Combine(data, $"n{number}", "tree");
                }));
            builder.Services.AddDoozerClient();
            return builder.Build();
        }
    }
}

/// <summary>The application's own grain.</summary>
[Alias("Doozer.Tests.Examples.IDeskGrain")]
public interface IDeskGrain : IGrainWithStringKey
{
    [Alias("Greet")]
    Task Greet(string greeting);
}

public sealed class DeskGrain(IDoozerClient doozer) : Grain, IDeskGrain
{
    public Task Greet(string greeting) =>
        doozer.SetAsync($"/desks/{this.GetPrimaryKeyString()}/greeting", Encoding.UTF8.GetBytes(greeting), Revisions.Clobber);
}

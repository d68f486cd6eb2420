using System.Net;
using System.Threading.Channels;
using Doozer.Client;
using Doozer.Clustering;
using Doozer.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace SingletonJob;

/// <summary>The first of three consecutive ports of each kind.</summary>
public sealed record JobPorts(int Silo, int Gateway, int Peer);

/// <summary>
/// An Orleans application with a job that runs on exactly one of its silos, under a lock of the store that they hold themselves.
/// When that silo dies the job goes on at another, and what the first still wanted to write is refused.
/// </summary>
public static class SingletonJobApplication
{
    private const string Cluster = "jobs";
    private const int Silos = 3;

    public static async Task Run(JobPorts ports, string data, TextWriter output, CancellationToken stop)
    {
        var file = new FencedFile(Path.Combine(data, "report.txt"));
        var reports = Channel.CreateUnbounded<Report>();
        IHost[] silos = [.. Enumerable.Range(0, Silos).Select(number => Silo(number, ports, data, file, reports.Writer))];
        await Task.WhenAll(silos.Select(silo => silo.StartAsync(stop)));

        Report first = await reports.Reader.ReadAsync(stop);
        await output.WriteLineAsync("The job runs on one silo.");

        // Without any time for a stop in good order: the silo is just gone.
        int dead = first.Silo[^1] - '0';
        await silos[dead].StopAsync(new CancellationToken(canceled: true));
        Report next;
        do
            next = await reports.Reader.ReadAsync(stop);
        while (next.Silo == first.Silo);
        await output.WriteLineAsync("It runs on another.");

        if (!file.TryWrite(first.Token, $"written late by {first.Silo}"))
            await output.WriteLineAsync("What the first one writes late is refused.");

        foreach (IHost silo in silos)
        {
            await silo.StopAsync(stop);
            silo.Dispose();
        }
    }

    private static IHost Silo(int number, JobPorts ports, string data, FencedFile file, ChannelWriter<Report> reports)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = Cluster)
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
        builder.Services.AddHostedService(services =>
            new Job(services.GetRequiredService<IDoozerClient>(), file, $"n{number}", reports));
        return builder.Build();
    }
}

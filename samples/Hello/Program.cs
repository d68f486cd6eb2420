using System.Text;
using Doozer;
using Doozer.Client;
using Doozer.Client.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Orleans", LogLevel.Critical);
builder.UseOrleansClient(client => client
    .UseQuorumClustering(builder.Configuration["store"] ?? "http://127.0.0.1:8000")   // any one node: it tells of the others
    .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("doozer", "doozer"))
    .AddDoozerClient());
using IHost host = builder.Build();
await host.StartAsync();

IDoozerClient store = host.Services.GetRequiredService<IDoozerClient>();
await store.SetAsync("/greeting", "hello"u8.ToArray(), Revisions.Clobber);
FileContent file = await store.GetAsync("/greeting");
Console.WriteLine($"{Encoding.UTF8.GetString(file.Body)} at revision {file.Revision}");
await host.StopAsync();

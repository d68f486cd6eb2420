using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Doozer.Clustering;

/// <summary>A small web server for the peers alone, for applications that have none or start theirs after the silo.</summary>
internal sealed class ClusteringListener : IAsyncDisposable
{
    private const int MaxConnections = 1000;
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(1);

    private readonly WebApplication _server;

    private ClusteringListener(WebApplication server) => _server = server;

    public static async Task<ClusteringListener> Start(
        Uri address, Action<IEndpointRouteBuilder> map, CancellationToken cancellation)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();

        // Signals and the like are the application's business.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = PeerRequest.MaxBytes;
            Listen(kestrel, address);
        });
        WebApplication server = builder.Build();
        map(server);
        try
        {
            await server.StartAsync(cancellation);
            return new ClusteringListener(server);
        }
        catch (IOException exception)
        {
            await server.DisposeAsync();
            throw new ClusteringException(
                $"This node cannot listen for its clustering peers on {address}: {exception.Message}", exception);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
    }

    // A name other than localhost may stand for an address that this machine does not have itself, as behind a translation.
    private static void Listen(KestrelServerOptions kestrel, Uri address)
    {
        if (address.Host == "localhost")
            kestrel.ListenLocalhost(address.Port);
        else if (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip))
            kestrel.Listen(ip, address.Port);
        else
            kestrel.ListenAnyIP(address.Port);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

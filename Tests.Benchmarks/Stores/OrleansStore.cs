using System.Net;
using Doozer.Benchmarks.Loads;
using Doozer.Client;
using Doozer.Client.Recipes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Doozer.Benchmarks.Stores;

/// <summary>Doozer through its client library: one Orleans client, with a connection to each gateway that all share.</summary>
internal sealed class OrleansStore : IStore
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(10);

    private readonly IHost _host;
    private readonly IDoozerClient _client;
    private Task<Session>? _session;

    private OrleansStore(IHost host)
    {
        _host = host;
        _client = host.Services.GetRequiredService<IDoozerClient>();
    }

    public bool FindsOtherNodes => true;

    public static async Task<OrleansStore> Connect(IPEndPoint[] gateways, CancellationToken cancellation)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => client
            .UseStaticClustering(gateways)
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("doozer", "doozer")));
        builder.Services.AddDoozerClient();
        IHost host = builder.Build();
        await host.StartAsync(cancellation);
        return new OrleansStore(host);
    }

    public Task Write(int client, string path, byte[] body, CancellationToken cancellation) =>
        _client.SetAsync(path, body, Revisions.Clobber, cancellationToken: cancellation);

    public async Task<ReadOnlyMemory<byte>?> Read(int client, string path, bool local, CancellationToken cancellation)
    {
        ReadMode mode = local ? ReadMode.Local : ReadMode.Linearizable;
        FileContent file = await _client.GetAsync(path, mode: mode, cancellationToken: cancellation);
        return file.Revision == 0 ? null : file.Body;
    }

    public async Task Lock(int client, string path, CancellationToken cancellation)
    {
        Session session = await (_session ??= _client.OpenSessionAsync(cancellationToken: cancellation));
        await using LockHandle held =
            await new DistributedLock(_client, path).AcquireAsync(session, cancellationToken: cancellation);
    }

    public async Task Watch(string path, WatchRecorder recorder, CancellationToken stop)
    {
        long next = await _client.RevisionAsync(cancellationToken: stop) + 1;
        for (int watcher = 0; watcher < recorder.Watchers; watcher++)
            _ = Watch(path, next, watcher, recorder, stop);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(StopTime);
        try
        {
            await _host.StopAsync(patience.Token).WaitAsync(StopTime, TimeProvider.System);
            _host.Dispose();
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // A client whose cluster is gone may not stop; the program goes on without it.
        }
    }

    private async Task Watch(string path, long from, int watcher, WatchRecorder recorder, CancellationToken stop)
    {
        try
        {
            await foreach (FileEvent change in _client.WatchAsync(path, from, stop))
                recorder.Sees(watcher, change.Body.AsSpan());
        }
        catch (Exception exception)
        {
            if (!stop.IsCancellationRequested)
                recorder.Fails(exception);
        }
    }
}

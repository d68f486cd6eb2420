using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using Doozer.Clustering;
using Doozer.Silo.Http;
using Doozer.Silo.Serve;
using Doozer.Silo.Viewer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Silo;

/// <summary>The HTTP interface on a real server and a free port, over fake namespaces.</summary>
internal sealed class HttpNode : IAsyncDisposable
{
    public const int MaxBodyBytes = 1000;
    public const int MaxWaitingBytes = 1_000_000;

    private readonly WebApplication _app;

    private HttpNode(WebApplication app) => _app = app;

    public ConcurrentDictionary<string, FakeNamespace> Namespaces { get; } = new();

    public FakeNamespace Main => Namespace("main");

    /// <summary>What it tells of the cluster.</summary>
    public OverviewResult Overview { get; set; } = new("doozer", "n1", "1.2.3", [], [], null);

    public Uri Address { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public Answers Answers => _app.Services.GetRequiredService<Answers>();

    public IMeterFactory Meters => _app.Services.GetRequiredService<IMeterFactory>();

    public static async Task<HttpNode> Start(
        Action<HttpOptions>? configure = null, TimeProvider? time = null, NamespaceSource? namespaces = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.Configure(configure ?? (static _ => { }));
        builder.Services.AddSingleton<Answers>();
        builder.Services.AddSingleton<HttpConnections>();
        builder.WebHost.ConfigureKestrel(HttpConnections.AddTo);
        builder.Services.AddSingleton(new NodeInfo("n1", "doozer", "1.2.3", "127.0.0.1:1", "127.0.0.1:2", "http://127.0.0.1:3"));
        WebApplication app = builder.Build();
        var node = new HttpNode(app);
        var nodes = new Dictionary<string, Uri>
        {
            ["n1"] = new("http://127.0.0.1:7001"),
            ["n2"] = new("http://db2.example:8000"),
        };
        app.MapDoozer(
            namespaces ?? node.Namespace,
            MaxBodyBytes,
            MaxWaitingBytes,
            ["db.example"],
            new NodeAddresses(new KnownNodes("n1", nodes, NodeList.Founding(nodes))));
        app.MapGet("/v1", context => context.Response.WriteAsJsonAsync(node.Overview, AnswerJson.Types.OverviewResult));
        await app.StartAsync(TestContext.Current.CancellationToken);
        node.Address = new Uri(
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        node.Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = node.Address };
        return node;
    }

    public Task Stop() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async Task<HttpResponseMessage> Send(HttpMethod method, string url, string? body = null, Guid? id = null)
    {
        using var request = new HttpRequestMessage(method, url);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (id is not null)
            request.Headers.Add(DoozerHeaders.RequestId, id.ToString());
        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends a request target exactly as spelled, which HttpClient would tidy up; returns the whole answer.</summary>
    public Task<string> SendRaw(string requestLine) =>
        SendText($"{requestLine} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

    /// <summary>Sends any text as a request; returns the whole answer.</summary>
    public async Task<string> SendText(string text)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(Address.Host, Address.Port, TestContext.Current.CancellationToken);
        await using NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private FakeNamespace Namespace(string name) => Namespaces.GetOrAdd(
        name, _ => name == Names.Main ? new FakeNamespace() : new FakeNamespace { Name = name, List = Main });
}

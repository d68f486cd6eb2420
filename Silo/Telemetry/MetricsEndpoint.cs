using Doozer.Silo.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Doozer.Silo.Telemetry;

/// <summary>
/// <c>GET /metrics</c>, for Prometheus. Nothing is collected before it is asked for the first time, so that it costs a node that
/// nobody scrapes nothing, and no node a part of its start.
/// </summary>
internal sealed class MetricsEndpoint(IServiceProvider services, NodeInfo node) : IDisposable
{
    public const string Path = "/metrics";

    private readonly Lock _lock = new();
    private MeterProvider? _meters;
    private RequestDelegate? _answer;

    public static void Map(WebApplication app, NodeInfo node)
    {
        var endpoint = new MetricsEndpoint(app.Services, node);
        app.Lifetime.ApplicationStopped.Register(endpoint.Dispose);
        app.MapGet(Path, Calls.Read(endpoint.Get));
    }

    public Task Get(HttpContext context)
    {
        lock (_lock)
            _answer ??= Begin();
        return _answer(context);
    }

    public void Dispose()
    {
        lock (_lock)
            _meters?.Dispose();
    }

    private RequestDelegate Begin()
    {
        _meters = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.Describe(node.Node, node.Cluster))
            .AddNode()
            .AddPrometheusExporter()
            .Build();
        return new ApplicationBuilder(services)
            .UseOpenTelemetryPrometheusScrapingEndpoint(
                _meters, predicate: static _ => true, path: null, configureBranchedPipeline: null, optionsName: null)
            .Build();
    }
}

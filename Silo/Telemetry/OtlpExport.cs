using Doozer.Silo.Serve;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Doozer.Silo.Telemetry;

/// <summary>
/// Sends metrics and traces to a collector (OTLP), when OpenTelemetry's own variables name one. A collector that is not there is
/// no reason to stop, nor to fill the log: what cannot be sent is dropped.
/// </summary>
internal static class OtlpExport
{
    /// <summary>So many traces begin at a node within a second, unless OpenTelemetry's variables say otherwise.</summary>
    private const int TracesPerSecond = 100;

    private const string EndpointName = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpointName = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string TracesEndpointName = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    /// <summary>Adds what is to be sent.</summary>
    /// <param name="builder">The node.</param>
    /// <param name="settings">Whose settings.</param>
    /// <returns>Where it goes, for people; null when nothing is sent.</returns>
    /// <exception cref="SettingsException">A variable has a value that nothing could be sent by.</exception>
    public static string? Add(WebApplicationBuilder builder, NodeSettings settings)
    {
        IConfiguration configuration = builder.Configuration;
        Uri? metrics = Endpoint(configuration, MetricsEndpointName, "OTEL_METRICS_EXPORTER");
        Uri? traces = Endpoint(configuration, TracesEndpointName, "OTEL_TRACES_EXPORTER");
        if (metrics is null && traces is null)
            return null;
        CheckProtocol(configuration);
        if (metrics is not null)
            AddMetrics(builder.Services, settings);
        if (traces is not null)
            AddTraces(builder.Services, settings, isSamplerGiven: Value(configuration, "OTEL_TRACES_SAMPLER") is not null);
        string[] told = [.. new[] { Told("metrics", metrics), Told("traces", traces) }.OfType<string>()];
        return string.Join(", ", told);
    }

    // Methods of their own, so that nothing of OpenTelemetry is loaded by a node that does not need it.
    private static void AddMetrics(IServiceCollection services, NodeSettings settings) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.Describe(settings.Id, settings.Cluster))
        .WithMetrics(meters => meters.AddNode().AddOtlpExporter());

    private static void AddTraces(IServiceCollection services, NodeSettings settings, bool isSamplerGiven) => services
        .AddOpenTelemetry()
        .ConfigureResource(resource => resource.Describe(settings.Id, settings.Cluster))
        .WithTracing(tracing =>
        {
            tracing.AddSource(DoozerTelemetry.Name)
                .AddAspNetCoreInstrumentation(requests => requests.Filter = IsTraced)
                .AddOtlpExporter();
            if (isSamplerGiven)
                return;
            var sampler = new RateLimitingSampler(TracesPerSecond, TimeProvider.System);
            tracing.SetSampler(new ParentBasedSampler(sampler));
            Tracing.MayBegin = () => sampler.HasRoom;
        });

    // Health checks, scrapes and what nodes ask each other would bury the rest.
    private static bool IsTraced(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/v1") && !context.Request.Path.StartsWithSegments("/v1/clustering");

    private static Uri? Endpoint(IConfiguration configuration, string ofSignal, string exporterName)
    {
        if (Value(configuration, exporterName) is { } exporter)
        {
            if (exporter == "none")
                return null;
            if (exporter != "otlp")
                throw new SettingsException($"{exporterName} is otlp or none, not '{exporter}'.");
        }

        string name = Value(configuration, ofSignal) is null ? EndpointName : ofSignal;
        if (Value(configuration, name) is not { } text)
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new SettingsException($"{name} is the URL of a collector, such as http://127.0.0.1:4317, not '{text}'.");
    }

    private static void CheckProtocol(IConfiguration configuration)
    {
        foreach (string infix in (string[])["", "METRICS_", "TRACES_"])
        {
            string name = $"OTEL_EXPORTER_OTLP_{infix}PROTOCOL";
            if (Value(configuration, name) is { } protocol and not ("grpc" or "http/protobuf"))
                throw new SettingsException($"{name} is grpc or http/protobuf, not '{protocol}'.");
        }
    }

    private static string? Told(string signal, Uri? endpoint) => endpoint is null ? null : $"{signal} to {endpoint}";

    private static string? Value(IConfiguration configuration, string name) =>
        configuration[name] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}

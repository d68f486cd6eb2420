using Doozer.Silo.Serve;
using Doozer.Silo.Telemetry;
using Doozer.Tests.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Doozer.Tests.Telemetry;

public sealed class OtlpExportTests
{
    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "OTEL_EXPORTER_OTLP_ENDPOINT is the URL of a collector")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "4317", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is the URL of a collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "is grpc or http/protobuf, not 'http/json'")]
    [InlineData("OTEL_METRICS_EXPORTER", "prometheus", "OTEL_METRICS_EXPORTER is otlp or none, not 'prometheus'")]
    public void A_value_that_nothing_could_be_sent_by_is_an_error(string name, string value, string message) =>
        Should.Throw<SettingsException>(
            () => Add(("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://127.0.0.1:4317"), (name, value)))
            .Message.ShouldContain(message);

    [Fact]
    public void Nothing_is_collected_unless_an_endpoint_is_given()
    {
        (string? told, IServiceProvider services) = Add(("OTEL_SERVICE_NAME", "store"));
        told.ShouldBeNull();
        services.GetService<MeterProvider>().ShouldBeNull();
        services.GetService<TracerProvider>().ShouldBeNull();
    }

    [Fact]
    public void Metrics_and_traces_are_sent_where_they_belong()
    {
        (string? told, IServiceProvider services) = Add(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"));
        told.ShouldBe("metrics to http://127.0.0.1:4317/, traces to http://127.0.0.1:4317/");
        services.GetService<MeterProvider>().ShouldNotBeNull();
        services.GetService<TracerProvider>().ShouldNotBeNull();

        (told, services) = Add(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"), ("OTEL_TRACES_EXPORTER", "none"));
        told.ShouldBe("metrics to http://127.0.0.1:4317/");
        services.GetService<TracerProvider>().ShouldBeNull();
    }

    [Fact]
    public void A_node_begins_so_many_traces_a_second_and_no_more()
    {
        var time = new VirtualTime();
        var sampler = new RateLimitingSampler(2, time);
        Samples(3).ShouldBe([SamplingDecision.RecordAndSample, SamplingDecision.RecordAndSample, SamplingDecision.Drop]);
        sampler.HasRoom.ShouldBeFalse();
        time.RunFor(TimeSpan.FromSeconds(1));
        sampler.HasRoom.ShouldBeTrue();
        Samples(1).ShouldBe([SamplingDecision.RecordAndSample]);

        SamplingDecision[] Samples(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => sampler.ShouldSample(default).Decision)];
    }

    private static (string? Told, IServiceProvider Services) Add(params (string Name, string Value)[] variables)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        foreach ((string name, string value) in variables)
            builder.Configuration[name] = value;
        var settings = NodeSettings.Read(builder.Configuration.GetSection(SettingsSources.Section), _ => null);
        string? told = OtlpExport.Add(builder, settings);
        return (told, builder.Services.BuildServiceProvider());
    }
}

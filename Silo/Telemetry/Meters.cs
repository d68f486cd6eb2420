using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Doozer.Silo.Telemetry;

/// <summary>What a node tells of itself: its own meter, and those of Orleans, of the web server and of the runtime.</summary>
internal static class Meters
{
    private static readonly string[] All =
    [
        DoozerTelemetry.Name, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime",
    ];

    public static MeterProviderBuilder AddNode(this MeterProviderBuilder meters) => meters
        .AddMeter(All)
        .AddView(static instrument => IsDear(instrument) ? MetricStreamConfiguration.Drop : null);

    // Orleans counts each message several times over. What it only reads out when it is asked costs nothing.
    private static bool IsDear(Instrument instrument) =>
        instrument.Meter.Name == "Microsoft.Orleans" && !instrument.IsObservable;

    /// <summary>Says whose they are. The variables of OpenTelemetry go before.</summary>
    public static void Describe(this ResourceBuilder resource, string node, string cluster) => resource
        .AddService("doozer", serviceVersion: ProductVersion.Text, serviceInstanceId: node)
        .AddAttributes([new("doozer.cluster", cluster)])
        .AddEnvironmentVariableDetector();
}

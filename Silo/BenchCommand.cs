using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Doozer.Client;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Doozer.Silo;

/// <summary><c>doozer bench</c>: measures a cluster through the client library, as an application would meet it.</summary>
internal static class BenchCommand
{
    private const int Failed = 2;
    private const int MostClients = 10_000;
    private const int MostKeys = 1_000_000;
    private const int MostSeconds = 3600;
    private const int MostBytes = 1 << 20;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The command with its flags.</summary>
    public static Command Create()
    {
        var gateway = Flag("--gateway", "HOST:PORT[,HOST:PORT...]", "127.0.0.1:30000", "Orleans gateways of the cluster.");
        var operation = Flag("--op", "OP", "write", "What to do: write, read, local-read or mixed (one write to nine reads).");
        operation.AcceptOnlyFromAmong("write", "read", "local-read", "mixed");
        var clients = Number("--clients", 64, 1, MostClients, "Clients, each with one operation under way at a time.");
        var seconds = Number("--seconds", 5, 1, MostSeconds, "How long to measure.");
        var size = Number("--size", 128, 0, MostBytes, "Length of a body in bytes.");
        var keys = Number("--keys", 1000, 1, MostKeys, "How many files to use.");
        var name = Flag("--namespace", "NAME", "bench", "Namespace to use.");
        var cluster = Flag("--cluster", "NAME", "doozer", "Name of the cluster.");
        var seed = Number("--seed", 1, 0, int.MaxValue, "Seed of the random choice of keys and bodies.");
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of a table." };
        var command = new Command("bench", "Measure a cluster: operations per second and their latencies.")
        {
            gateway, operation, clients, seconds, size, keys, name, cluster, seed, json,
        };
        command.SetAction((flags, cancellationToken) =>
        {
            if (!TryParseGateways(flags.GetRequiredValue(gateway), out var gateways, out var fault)) return Task.FromResult(Fail(fault));
            var settings = new BenchSettings(
                gateways,
                OperationNamed(flags.GetRequiredValue(operation)),
                flags.GetRequiredValue(clients),
                flags.GetRequiredValue(seconds),
                flags.GetRequiredValue(size),
                flags.GetRequiredValue(keys),
                flags.GetRequiredValue(name),
                flags.GetRequiredValue(cluster),
                flags.GetRequiredValue(seed));
            return RunAsync(settings, flags.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(BenchSettings settings, bool json, CancellationToken cancellationToken)
    {
        using var host = Build(settings);
        try
        {
            await host.StartAsync(cancellationToken).WaitAsync(ConnectTimeout, TimeProvider.System, cancellationToken);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException or IOException or SocketException)
        {
            var gateways = string.Join(", ", settings.Gateways.Select(each => each.ToString()));
            return Fail($"No gateway of the cluster '{settings.Cluster}' answers at {gateways}: start the cluster, or give its gateways with --gateway.");
        }

        try
        {
            var client = host.Services.GetRequiredService<IDoozerClient>();
            var report = await new BenchRun(client, settings, TimeProvider.System, Console.Error).RunAsync(cancellationToken);
            await Console.Out.WriteAsync(json ? report.ToJson() + "\n" : report.ToTable());
            return report.Latencies.Count == 0 ? Failed : 0;
        }
        catch (DoozerException exception)
        {
            return Fail($"The bench could not begin: {exception.Message}");
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static IHost Build(BenchSettings settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.UseOrleansClient(client => client
            .UseStaticClustering(settings.Gateways)
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (settings.Cluster, "doozer"))
            .AddDoozerClient(options => options.MaxInFlight = settings.Clients));
        return builder.Build();
    }

    /// <summary>Parses <c>HOST:PORT[,HOST:PORT...]</c>, resolving names.</summary>
    internal static bool TryParseGateways(string text, out IPEndPoint[] gateways, out string fault)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        gateways = new IPEndPoint[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var colon = parts[i].LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(parts[i].AsSpan(colon + 1), out var port) || port == 0)
            {
                fault = $"The gateway '{parts[i]}' is not valid: give HOST:PORT with a port from 1 to 65535.";
                return false;
            }

            if (Resolve(parts[i][..colon].Trim('[', ']')) is not { } address)
            {
                fault = $"The gateway '{parts[i]}' is not valid: its host name is not known.";
                return false;
            }

            gateways[i] = new IPEndPoint(address, port);
        }

        fault = "";
        return true;
    }

    private static IPAddress? Resolve(string host)
    {
        if (IPAddress.TryParse(host, out var address)) return address;
        try
        {
            var addresses = Dns.GetHostAddresses(host);
            return Array.Find(addresses, each => each.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault();
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return null;
        }
    }

    private static BenchOperation OperationNamed(string name) => name switch
    {
        "read" => BenchOperation.Read,
        "local-read" => BenchOperation.LocalRead,
        "mixed" => BenchOperation.Mixed,
        _ => BenchOperation.Write,
    };

    private static Option<string> Flag(string name, string value, string fallback, string description) => new(name)
    {
        Description = description,
        HelpName = value,
        DefaultValueFactory = _ => fallback,
    };

    private static Option<int> Number(string name, int fallback, int least, int most, string description)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => fallback };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, out var number) && number >= least && number <= most) return number;
            result.AddError($"{name} is '{text}'; give a whole number from {least} to {most}.");
            return fallback;
        };
        return option;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return Failed;
    }
}

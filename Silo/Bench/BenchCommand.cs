using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Doozer.Client;
using Doozer.Silo.Commands;
using Doozer.Silo.Serve;
using Microsoft.Extensions.Logging.Console;
using Orleans.Configuration;

namespace Doozer.Silo.Bench;

/// <summary><c>doozer bench</c>: measures a cluster through the client library, as an application would meet it.</summary>
internal static class BenchCommand
{
    private const int MaxClients = 10_000;
    private const int MaxKeys = 1_000_000;
    private const int MaxSeconds = 3600;
    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The command with its flags.</summary>
    public static Command Create(CommandConsole console)
    {
        Option<string> gateway = Flag(
            "--gateway", "HOST:PORT[,HOST:PORT...]", "127.0.0.1:30000", "Orleans gateways of the cluster.");
        Option<string> operation = Flag(
            "--op", "OP", "write", "What to do: write, read, local-read or mixed (one write to nine reads).");
        operation.AcceptOnlyFromAmong("write", "read", "local-read", "mixed");
        Option<int> clients = WholeNumber.Option(
            "--clients", "N", 64, 1, MaxClients, "Clients, each with one operation under way at a time.");
        Option<int> seconds = WholeNumber.Option("--seconds", "N", 5, 1, MaxSeconds, "How long to measure.");
        Option<int> size = WholeNumber.Option("--size", "N", 128, 0, MaxBytes, "Length of a body in bytes.");
        Option<int> keys = WholeNumber.Option("--keys", "N", 1000, 1, MaxKeys, "How many files to use.");
        Option<string> name = Flag("--namespace", "NAME", "bench", "Namespace to use.");
        Option<string> cluster = Flag("--cluster", "NAME", "doozer", "Name of the cluster.");
        Option<int> seed = WholeNumber.Option("--seed", "N", 1, 0, int.MaxValue, "Seed of the random choice of keys and bodies.");
        Option<bool> json = StoreOptions.Json();
        var command = new Command("bench", "Measures a cluster: operations per second and their latencies.")
        {
            gateway, operation, clients, seconds, size, keys, name, cluster, seed, json,
        };
        command.SetAction((flags, cancellationToken) =>
        {
            var settings = new BenchSettings(
                ParseGateways(flags.GetRequiredValue(gateway)),
                OperationNamed(flags.GetRequiredValue(operation)),
                flags.GetRequiredValue(clients),
                flags.GetRequiredValue(seconds),
                flags.GetRequiredValue(size),
                flags.GetRequiredValue(keys),
                flags.GetRequiredValue(name),
                flags.GetRequiredValue(cluster),
                flags.GetRequiredValue(seed));
            return RunAsync(settings, flags.GetValue(json), console, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        BenchSettings settings, bool json, CommandConsole console, CancellationToken cancellationToken)
    {
        using IHost host = Build(settings);

        // The host takes Ctrl-C and SIGTERM for itself and only tells that it stops.
        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var signals = new StopSignals(lifetime.StopApplication);
        CancellationToken stopping = lifetime.ApplicationStopping;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        string step = "connects";
        using var progress = new ProgressLine(console, () => $"bench {step}", TimeProvider.System);
        await ConnectAsync(host, settings, stopping, stop.Token);
        try
        {
            IDoozerClient client = host.Services.GetRequiredService<IDoozerClient>();
            step = "writes its files and warms up";
            BenchReport report = await new BenchRun(client, settings, TimeProvider.System, Tell).RunAsync(stop.Token);
            await console.Write(json ? report.ToJson() + "\n" : report.ToTable(), CancellationToken.None);
            return report.Latencies.Count == 0 ? ExitCode.Failure : ExitCode.Done;
        }
        catch (DoozerException exception)
        {
            throw new CommandFailure($"The bench could not begin: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailure("The bench was stopped before it measured anything.");
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }

        // A line for each second takes its place, for as long as somebody is there to see them.
        void Tell(string line)
        {
            progress.Dispose();
            if (console.IsErrorSeen)
                console.Error.WriteLine(line);
        }
    }

    private static async Task ConnectAsync(
        IHost host, BenchSettings settings, CancellationToken stopping, CancellationToken either)
    {
        try
        {
            await host.StartAsync(either).WaitAsync(ConnectTimeout, TimeProvider.System, either);
        }
        catch (Exception exception) when (exception is OperationCanceledException || stopping.IsCancellationRequested)
        {
            // Stopped while it connects, Orleans may have an error of its own for it, and may say it before the linked token
            // knows.
            throw new CommandFailure("The bench was stopped before it was connected.");
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException or IOException or SocketException)
        {
            string gateways = string.Join(", ", settings.Gateways.Select(each => each.ToString()));
            throw new CommandFailure(
                $"No gateway of the cluster '{settings.Cluster}' answers at {gateways}: start the cluster, or give its " +
                "gateways with --gateway.");
        }
    }

    private static IHost Build(BenchSettings settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddConsole(console =>
        {
            console.FormatterName = LineFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        builder.Logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();

        // It would log the failure to connect, stack trace and all, that is told in one sentence.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.UseOrleansClient(client => client
            .UseStaticClustering(settings.Gateways)
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (settings.Cluster, "doozer"))
            .AddDoozerClient(options => options.MaxInFlight = settings.Clients));
        return builder.Build();
    }

    /// <summary>Parses <c>HOST:PORT[,HOST:PORT...]</c>, resolving names.</summary>
    /// <exception cref="SettingsException">One is not valid, or its host is not known.</exception>
    internal static IPEndPoint[] ParseGateways(string text) => Array.ConvertAll(
        text.Split(',', StringSplitOptions.TrimEntries),
        each => HostPort.ParseEndPoint("--gateway", each, HostPort.LookUp));

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
}

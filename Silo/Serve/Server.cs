using System.Net;
using Doozer.Grains;
using Doozer.Node;
using Doozer.Silo.Commands;

namespace Doozer.Silo.Serve;

/// <summary><c>doozer serve</c>: runs a node until it is told to stop.</summary>
internal static class Server
{
    /// <summary>How the line ends by which a node says that it takes requests.</summary>
    public const string Serves = " serves";

    /// <summary>Runs a node.</summary>
    /// <param name="flags">Values of the command line's flags, by the names in <see cref="NodeSettings.Names"/>.</param>
    /// <param name="stopAtEndOfInput">Whether the end of standard input is an order to stop: so a node never outlives the
    /// process that started it.</param>
    /// <param name="console">Where messages go.</param>
    /// <param name="cancellation">Stops the node.</param>
    public static async Task<int> Run(
        IReadOnlyDictionary<string, string?> flags, bool stopAtEndOfInput, CommandConsole console, CancellationToken cancellation)
    {
        var log = new NodeLog(console, TimeProvider.System);
        var claims = new List<IDisposable?>();
        try
        {
            (WebApplicationBuilder builder, IConfigurationSection section) = Configure(flags, log);
            await new Joining(section, log.Say, TimeProvider.System).JoinIfAsked(cancellation);
            await using WebApplication app = Build(builder, section, log, claims, out NodeSettings settings);
            await using var listening = new ListeningEnd(app);
            using var signals = new StopSignals(app.Lifetime.StopApplication);

            // Heeded from the beginning: a node may have to wait long for its peers before it has started.
            if (stopAtEndOfInput)
                _ = StopAtEnd(console.Input, app.Lifetime);
            string node = $"doozer {ProductVersion.Text}: node {settings.Id} of cluster {settings.Cluster}";
            log.Say($"{node} starts as process {Environment.ProcessId}: {Description(settings)}");
            if (!await Starts(app, cancellation))
                return ExitCode.Done;
            Keep(app, settings, log);
            log.Say(node + Serves);
            using (app.Lifetime.ApplicationStopping.Register(() => log.Say($"{node} stops")))
                await app.WaitForShutdownAsync(cancellation);
            log.Say($"{node} has stopped");

            // A node that stops itself because its disk failed or its peers refuse it has set the exit status.
            if (ReasonToStop(app) is { } reason)
                log.Complain(reason);
            return Environment.ExitCode;
        }
        catch (Exception exception)
        {
            log.WriteError(StartFailure.Describe(exception));
            return ExitCode.Failure;
        }
        finally
        {
            claims.ForEach(claim => claim?.Dispose());
            await log.Flush();
        }
    }

    private static (WebApplicationBuilder Builder, IConfigurationSection Section) Configure(
        IReadOnlyDictionary<string, string?> flags, NodeLog log)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddDoozer(flags, Environment.GetEnvironmentVariable);
        IConfigurationSection section = builder.Configuration.GetSection(SettingsSources.Section);
        foreach (string unknown in SettingsSources.Unknown(section, Environment.GetEnvironmentVariables().Keys.Cast<string>()))
            log.Complain($"warning: {unknown} is no setting, and has no effect.");
        return (builder, section);
    }

    private static WebApplication Build(
        WebApplicationBuilder builder,
        IConfigurationSection section,
        NodeLog log,
        List<IDisposable?> claims,
        out NodeSettings settings)
    {
        settings = NodeSettings.Read(section, HostPort.LookUp);
        if (settings.LogFormat == LogFormat.Json)
            log.UseJson();
        claims.Add(Addresses.Claim(settings.Id, "silo", settings.Silo));
        claims.Add(Addresses.Claim(settings.Id, "gateway", settings.Gateway));
        CheckFree(settings.Id, section, "silo", settings.Silo);
        CheckFree(settings.Id, section, "gateway", settings.Gateway);
        CheckFree(settings.Id, section, "http", settings.Http);
        if (Exposure.Warning(settings) is { } exposed)
            log.Complain($"WARNING: {exposed}");
        return NodeHost.Build(builder, settings, section, log);
    }

    // So that it starts again without being told of its cluster.
    private static void Keep(WebApplication app, NodeSettings settings, NodeLog log)
    {
        var file = new ClusterFile(
            settings.Cluster,
            settings.Id,
            settings.Own.Address,
            settings.Founders.ToDictionary(peer => peer.Id, peer => peer.Address),
            settings.Quorum?.Elect ?? 0,
            settings.Quorum?.Write ?? 0,
            app.Services.GetRequiredService<NodeStorage>().Origin);
        try
        {
            file.Write(settings.DataDirectory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            log.Complain($"warning: the node must be given the same settings again when it starts: {exception.Message}");
        }
    }

    private static void CheckFree(string node, IConfigurationSection section, string name, IPEndPoint endpoint) =>
        Addresses.CheckFree(node, name, endpoint, addressFrom: NodeSettings.IsGiven(section, name) ? name : "peers");

    /// <summary>Starts the node, unless it is told to stop meanwhile: that is not a failure.</summary>
    /// <exception cref="CommandFailure">The node has stopped itself.</exception>
    internal static async Task<bool> Starts(WebApplication app, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
            return true;
        }
        catch (Exception) when (ReasonToStop(app) is { } reason)
        {
            // That the start was broken off is not what the operator must know.
            throw new CommandFailure(reason);
        }
        catch (Exception) when (app.Lifetime.ApplicationStopping.IsCancellationRequested && Environment.ExitCode == ExitCode.Done)
        {
            // Whatever it says, it broke off because of that; Orleans has an exception of its own for it.
            return false;
        }
        catch (Exception) when (app.Services.GetRequiredService<SiloRestart>().IsUnderWay)
        {
            // Declared dead while it started, the node begins anew in a moment, unless it is told to stop before.
            var stopping = new TaskCompletionSource();
            await using CancellationTokenRegistration stop = app.Lifetime.ApplicationStopping.Register(stopping.SetResult);
            await stopping.Task;
            return false;
        }
    }

    private static string? ReasonToStop(WebApplication app) => app.Services.GetRequiredService<INodeFailure>().Reason;

    private static async Task StopAtEnd(Stream input, IHostApplicationLifetime lifetime)
    {
        byte[] ignored = new byte[256];
        try
        {
            while (await input.ReadAsync(ignored, lifetime.ApplicationStopping) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
        }

        lifetime.StopApplication();
    }

    private static string Description(NodeSettings settings) =>
        $"silo {settings.Silo}, gateway {settings.Gateway}, http http://{settings.Http}; data in {settings.DataDirectory}";
}

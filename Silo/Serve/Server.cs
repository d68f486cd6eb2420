using Doozer.Silo.Commands;

namespace Doozer.Silo.Serve;

/// <summary><c>doozer serve</c>: runs a node until it is told to stop.</summary>
internal static class Server
{
    /// <summary>Runs a node.</summary>
    /// <param name="flags">Values of the command line's flags, by the names in <see cref="NodeSettings.Names"/>.</param>
    /// <param name="stopAtEndOfInput">Whether the end of standard input is an order to stop: so a node never outlives the
    /// process that started it.</param>
    /// <param name="console">Where messages go.</param>
    /// <param name="cancellation">Stops the node.</param>
    public static async Task<int> Run(
        IReadOnlyDictionary<string, string?> flags, bool stopAtEndOfInput, CommandConsole console, CancellationToken cancellation)
    {
        try
        {
            await using WebApplication app = Start(flags, out NodeSettings settings);
            await app.StartAsync(cancellation);
            await console.WriteLine(Banner(settings), cancellation);
            if (stopAtEndOfInput)
                _ = StopAtEnd(console.Input, app.Lifetime);
            await app.WaitForShutdownAsync(cancellation);

            // A node that stops itself because its disk failed or its peers refuse it has set this.
            return Environment.ExitCode;
        }
        catch (Exception e)
        {
            await console.Error.WriteLineAsync(StartFailure.Describe(e));
            return ExitCode.Failure;
        }
    }

    private static WebApplication Start(IReadOnlyDictionary<string, string?> flags, out NodeSettings settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddDoozer(flags, Environment.GetEnvironmentVariable);
        IConfigurationSection section = builder.Configuration.GetSection(SettingsSources.Section);
        settings = NodeSettings.Read(section, HostPort.LookUp);
        Addresses.CheckFree("--silo", settings.Silo);
        Addresses.CheckFree("--gateway", settings.Gateway);
        Addresses.CheckFree("--http", settings.Http);
        return NodeHost.Build(builder, settings, section);
    }

    private static async Task StopAtEnd(Stream input, IHostApplicationLifetime lifetime)
    {
        byte[] ignored = new byte[256];
        try
        {
            while (await input.ReadAsync(ignored, lifetime.ApplicationStopping) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
        }

        lifetime.StopApplication();
    }

    private static string Banner(NodeSettings settings) =>
        $"doozer {ProductVersion.Text}: node {settings.Id} of cluster {settings.Cluster} listens: silo {settings.Silo}, "
        + $"gateway {settings.Gateway}, http http://{settings.Http}; data in {settings.DataDirectory}";
}

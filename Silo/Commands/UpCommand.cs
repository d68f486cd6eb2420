using System.CommandLine;
using Doozer.Silo.Serve;
using Doozer.Silo.Up;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer up</c>.</summary>
internal static class UpCommand
{
    private const int MaxNodes = 9;

    public static Command Create(CommandConsole console)
    {
        Option<int> nodes = WholeNumber.Option("--nodes", "N", 3, 1, MaxNodes, "How many nodes.");
        var data = new Option<string>("--data")
        {
            HelpName = "DIR",
            Description = "Holds one folder for each node.",
            DefaultValueFactory = _ => Path.Combine(".", "doozer-data", "up"),
        };
        Option<int> silo = Port("--silo-port", "Silo port of n1; the others follow.", 11111);
        Option<int> gateway = Port("--gateway-port", "Gateway port of n1.", 30000);
        Option<int> http = Port("--http-port", "HTTP port of n1.", 8000);
        Option<bool> dashboard = ServeCommand.Dashboard();
        var command = new Command("up", "Runs several nodes on this machine as separate processes, n1, n2, ..., for fire drills.")
        {
            nodes, data, silo, gateway, http, dashboard,
        };
        command.SetAction((result, cancellation) =>
        {
            string folder = SettingsSources.Flag("data", result.GetValue(data))!;
            var plan = new LocalCluster(
                result.GetValue(nodes),
                folder,
                result.GetValue(silo),
                result.GetValue(gateway),
                result.GetValue(http),
                result.GetValue(dashboard));
            return new NodeProcesses(plan, console).Run(cancellation);
        });
        return command;
    }

    private static Option<int> Port(string name, string description, int first) =>
        WholeNumber.Option(name, "PORT", first, 1, ushort.MaxValue - MaxNodes, description);
}

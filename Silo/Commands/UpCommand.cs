using System.CommandLine;
using Doozer.Silo.Up;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer up</c>.</summary>
internal static class UpCommand
{
    private const int MaxNodes = 9;

    public static Command Create(CommandConsole console)
    {
        var nodes = new Option<int>("--nodes") { HelpName = "N", Description = "How many nodes.", DefaultValueFactory = _ => 3 };
        var data = new Option<string>("--data")
        {
            HelpName = "DIR",
            Description = "Holds one folder for each node.",
            DefaultValueFactory = _ => Path.Combine(".", "doozer-data", "up"),
        };
        Option<int> silo = Port("--silo-port", "Silo port of n1; the others follow.", 11111);
        Option<int> gateway = Port("--gateway-port", "Gateway port of n1.", 30000);
        Option<int> http = Port("--http-port", "HTTP port of n1.", 8000);
        var command = new Command("up", "Runs several nodes on this machine as separate processes, n1, n2, ..., for fire drills.")
        {
            nodes, data, silo, gateway, http,
        };
        command.SetAction((result, cancellation) =>
        {
            int count = result.GetValue(nodes);
            if (count is < 1 or > MaxNodes)
                throw new CommandFailure($"--nodes must be 1 to {MaxNodes}, not {count}.");
            var plan = new LocalCluster(
                count, result.GetValue(data)!, result.GetValue(silo), result.GetValue(gateway), result.GetValue(http));
            return new NodeProcesses(plan, console).Run(cancellation);
        });
        return command;
    }

    private static Option<int> Port(string name, string description, int first)
    {
        var option = new Option<int>(name) { HelpName = "PORT", Description = description, DefaultValueFactory = _ => first };
        option.Validators.Add(result =>
        {
            if (result.GetValue(option) is < 1 or > ushort.MaxValue - MaxNodes)
                result.AddError($"{name} must be 1 to {ushort.MaxValue - MaxNodes}.");
        });
        return option;
    }
}

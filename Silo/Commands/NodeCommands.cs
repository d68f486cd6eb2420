using System.CommandLine;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>Commands about the store itself: rev, nop, self, leader, version; and status (<see cref="StatusCommand"/>).</summary>
internal static class NodeCommands
{
    public static IEnumerable<Command> Create(CommandConsole console) =>
        [Rev(console), Nop(console), Self(console), StatusCommand.Create(console), Leader(console), Version(console)];

    private static Command Rev(CommandConsole console)
    {
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create("rev", "Prints the newest revision.", console, [local], async context =>
        {
            RevisionResult result = await context.Store.Read(
                $"rev?local={(context.Arguments.GetValue(local) ? "true" : "false")}",
                DoozerJson.Default.RevisionResult, null, context.Cancellation);
            await context.PrintRevision(result.Revision);
        });
    }

    private static Command Nop(CommandConsole console) =>
        StoreCommand.Create("nop", "Takes a revision, changes nothing, and prints the revision.", console, [], async context =>
            await context.PrintRevision(await context.Store.Write(HttpMethod.Post, "nop", null, context.Cancellation)));

    private static Command Self(CommandConsole console) =>
        StoreCommand.CreateForAll("self", "Prints the id and the address of the node that answers.", console, [], async context =>
        {
            NodeInfo node = await context.Store.Read("/self", DoozerJson.Default.NodeInfo, null, context.Cancellation);
            await context.Print(node, AnswerJson.Types.NodeInfo, $"{node.Node} {node.Http}");
        });

    private static Command Leader(CommandConsole console)
    {
        var node = new Argument<string>("NODE") { Description = "Id of the node that shall lead." };
        return new Command("leader", "Concerns the leader of a namespace.")
        {
            StoreCommand.CreateSilent(
                "transfer",
                "Makes a node lead the namespace, and returns when it does.",
                console,
                [node],
                context => context.Store.Do(
                    HttpMethod.Post,
                    $"leader?node={Uri.EscapeDataString(context.Arguments.GetValue(node)!)}", context.Cancellation)),
        };
    }

    private static Command Version(CommandConsole console)
    {
        Option<bool> json = StoreOptions.Json();
        var command = new Command("version", "Prints the version of this program.") { json };
        command.SetAction(async (result, cancellation) =>
        {
            if (result.GetValue(json))
            {
                await console.WriteJson(
                    new PrintedVersion(ProductVersion.Text), PrintedJson.Types.PrintedVersion, cancellation);
            }
            else
            {
                await console.WriteLine(ProductVersion.Text, cancellation);
            }

            return ExitCode.Done;
        });
        return command;
    }
}

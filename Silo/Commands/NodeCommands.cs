using System.CommandLine;
using System.Text;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>Commands about the store itself: rev, nop, self, status, leader, version.</summary>
internal static class NodeCommands
{
    public static IEnumerable<Command> Create(CommandConsole console) =>
        [Rev(console), Nop(console), Self(console), Status(console), Leader(console), Version(console)];

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
        StoreCommand.Create("self", "Prints the id and the address of the node that answers.", console, [], async context =>
        {
            NodeInfo node = await context.Store.Read("/self", DoozerJson.Default.NodeInfo, null, context.Cancellation);
            await context.Print(node, AnswerJson.Types.NodeInfo, $"{node.Node} {node.Http}");
        });

    private static Command Status(CommandConsole console) =>
        StoreCommand.Create("status", "Prints leader, quorum and replicas of a namespace.", console, [], async context =>
        {
            NamespaceStatus status = await context.Store.Read(
                "status", DoozerJson.Default.NamespaceStatus, null, context.Cancellation);
            await context.Print(status, AnswerJson.Types.NamespaceStatus, Describe(status).TrimEnd('\n'));
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

    internal static string Describe(NamespaceStatus status)
    {
        // The leader knows how far everybody is; without one, this replica tells what it knows.
        ReplicaStatus view = status.Leading ?? status.Local;
        var text = new StringBuilder();
        text.Append($"namespace {status.Namespace}\n");
        text.Append($"answered by {status.Local.Node} at revision {status.Local.Revision}, oldest " +
            $"{status.Local.OldestRevision}\n");
        text.Append(status.Leading is { } leader ? $"leader {leader.Node} with ballot {leader.Ballot}\n" : "leader none known\n");
        text.Append($"slots {view.ChosenSlot} chosen, {view.AppliedSlot} applied, as {view.Node} sees it\n");
        text.Append($"quorum {view.Quorum.Phase1} to elect, {view.Quorum.Phase2} to write, of " +
            $"{string.Join(", ", view.Quorum.Acceptors)}\n");
        if (status.Local.Memory is { } memory)
        {
            text.Append($"memory files {memory.Tree} of {memory.TreeLimit} bytes, history {memory.History} of " +
                $"{memory.HistoryLimit}, log {memory.Log} of {memory.LogLimit}, at {status.Local.Node}\n");
        }

        if (status.Local.Disk is { } disk)
        {
            text.Append($"disk {disk.Free} bytes free, {disk.Reserve} kept back, at {status.Local.Node}" +
                $"{(disk.IsLow ? ": nearly full, no writes but deletes" : "")}\n");
        }

        foreach (PeerStatus peer in view.Peers)
        {
            string state = peer.Reachable || peer.Node == view.Node ? "up" : "down";
            string progress = peer.ChosenSlot < 0 ? "progress not known" : $"slot {peer.ChosenSlot}, {peer.Lag} behind";
            text.Append($"replica {peer.Node} {state}, {progress}\n");
        }

        return text.ToString();
    }
}

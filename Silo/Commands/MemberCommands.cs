using System.CommandLine;
using Doozer.Clustering;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer member</c>: the nodes of the cluster, and who of them has a vote.</summary>
internal static class MemberCommands
{
    private const string SecretVariable = "DOOZER_CLUSTER_SECRET";
    private const string SecretFileVariable = "DOOZER_CLUSTER_SECRET_FILE";

    public static Command Create(CommandConsole console) =>
        new("member", "Lists, adds, removes, replaces, promotes and demotes the nodes of the cluster.")
        {
            List(console),
            Add(console),
            Change(
                console,
                NodeChangeRequest.Remove,
                "Takes a node out of the cluster, for good: its id is not used again."),
            Replace(console),
            Change(console, NodeChangeRequest.Promote, "Gives a standby or an observer a vote, and wants as many voters."),
            Change(
                console,
                NodeChangeRequest.Demote,
                "Takes a voter's vote: it becomes a standby, and no other is wanted for it."),
        };

    private static Command List(CommandConsole console) => StoreCommand.CreateForAll(
        "list",
        "Prints the nodes: a line 'ID ROLE STATE ADDRESS' for each, the state as the node that answers sees it.",
        console,
        [],
        async context => await Print(
            context,
            await context.Store.Read("/clustering/nodes", ClusteringJson.Default.NodeListView, null, context.Cancellation)));

    private static Command Add(CommandConsole console)
    {
        Argument<string> id = Id("ID", "Id of the new node.");
        var address = new Argument<string>("ADDRESS") { Description = "Where it serves HTTP: HOST[:PORT]." };
        var role = new Option<string?>("--role") { HelpName = "ROLE", Description = "standby (default) or observer." };
        return Create(
            console,
            NodeChangeRequest.Add,
            "Takes a node into the list that is started afterwards with --join.",
            [id, address, role],
            context => new NodeChangeRequest(
                NodeChangeRequest.Add,
                Guid.NewGuid(),
                context.Arguments.GetValue(id),
                $"http://{HostPort.Parse("ADDRESS", context.Arguments.GetValue(address)!, DefaultPorts.Http)}",
                context.Arguments.GetValue(role)));
    }

    private static Command Replace(CommandConsole console)
    {
        Argument<string> id = Id("ID", "Id of the node that goes, dead or alive.");
        Argument<string> by = Id("BY", "Id of the node that gets its role: a standby that has caught up, if that is a vote.");
        return Create(
            console,
            NodeChangeRequest.Replace,
            "Puts a node in the place of another, which goes for good.",
            [id, by],
            context => new NodeChangeRequest(
                NodeChangeRequest.Replace,
                Guid.NewGuid(),
                context.Arguments.GetValue(id),
                By: context.Arguments.GetValue(by)));
    }

    private static Command Change(CommandConsole console, string change, string description)
    {
        Argument<string> id = Id("ID", "Id of the node.");
        return Create(
            console,
            change,
            description,
            [id],
            context => new NodeChangeRequest(change, Guid.NewGuid(), context.Arguments.GetValue(id)));
    }

    private static Command Create(
        CommandConsole console,
        string name,
        string description,
        Symbol[] parameters,
        Func<StoreCommand.Context, NodeChangeRequest> request)
    {
        var secret = new Option<string?>("--cluster-secret")
        {
            HelpName = "TEXT",
            Description = $"The secret of the cluster, if it has one (default ${SecretVariable}).",
        };
        var file = new Option<string?>("--cluster-secret-file")
        {
            HelpName = "FILE",
            Description = $"Holds the secret (default ${SecretFileVariable}).",
        };
        return StoreCommand.CreateForAll(
            name,
            $"{description} Prints the nodes as they are then.",
            console,
            [.. parameters, secret, file],
            async context =>
            {
                string? given = SecretOf(context.Arguments.GetValue(secret), context.Arguments.GetValue(file));
                await Print(context, await Send(context, given, request(context)));
            });
    }

    private static string? SecretOf(string? secret, string? file)
    {
        secret ??= file is null ? Environment.GetEnvironmentVariable(SecretVariable) : null;
        file ??= secret is null ? Environment.GetEnvironmentVariable(SecretFileVariable) : null;
        return SecretFile.Read(string.IsNullOrWhiteSpace(secret) ? null : secret.Trim(), file);
    }

    private static async Task<NodeListView> Send(StoreCommand.Context context, string? secret, NodeChangeRequest request)
    {
        using var client = new NodeListClient(secret);
        Exception? last = null;
        foreach (Uri address in context.Store.Addresses)
        {
            try
            {
                return (await client.Change(address, request, context.Cancellation)).List;
            }
            catch (NodeChangeException refusal)
            {
                throw new CommandFailure(refusal.Message);
            }
            catch (Exception exception) when (exception is HttpRequestException or ClusteringException)
            {
                last = exception;
            }
        }

        throw new CommandFailure(last!.Message);
    }

    private static async Task Print(StoreCommand.Context context, NodeListView list)
    {
        foreach (ListedNodeView node in list.Nodes)
        {
            await context.Print(
                node,
                ClusteringJson.Default.ListedNodeView,
                $"{node.Id} {node.Role} {node.State ?? "unknown"} {node.Address}");
        }
    }

    private static Argument<string> Id(string name, string description) => new(name) { Description = description };
}

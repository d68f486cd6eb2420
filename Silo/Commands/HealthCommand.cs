using System.CommandLine;
using System.Net;
using System.Text;
using Doozer.Silo.Http;
using Doozer.Silo.Viewer;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer health</c>: asks each node of the cluster at its own address how it is.</summary>
internal static class HealthCommand
{
    public static Command Create(CommandConsole console) => StoreCommand.CreateForAll(
        "health",
        "Asks every node of the cluster how it is: a line for each. Exit status 1 when something is wrong.",
        console,
        [],
        Run);

    private static async Task<int> Run(StoreCommand.Context context)
    {
        NodeHealth[] nodes = await EachNode.Ask(
            await EachNode.Of(context),
            Ask,
            static (node, reason) => new NodeHealth(node.Node, node.Http, NodeHealth.Unreachable, reason, []),
            context.Cancellation);
        foreach (NodeHealth node in WithLags(nodes))
            await context.Print(node, PrintedJson.Types.NodeHealth, Describe(node));
        return Array.TrueForAll(nodes, node => node.Healthy) ? ExitCode.Done : ExitCode.Unhealthy;
    }

    private static async Task<NodeHealth> Ask(EachNode.Asked node)
    {
        (string state, string? reason) = await StateOf(node);
        OverviewResult seen = await node.Read("/v1", DoozerJson.Default.OverviewResult);
        NamespaceHealth[] namespaces = Array.ConvertAll(
            seen.Namespaces, each => new NamespaceHealth(each.Name, each.Leader, each.Revision, 0, each.Missing));
        return new NodeHealth(node.Location.Node, node.Location.Http, state, reason, namespaces);
    }

    private static async Task<(string State, string? Reason)> StateOf(EachNode.Asked node)
    {
        using HttpResponseMessage response = await node.Get("/readyz");
        if (response.StatusCode != HttpStatusCode.OK)
            return (NodeHealth.NotReady, (await node.Fault(response)).TrimEnd('.'));
        string text = (await response.Content.ReadAsStringAsync(node.Cancellation)).TrimEnd('\n');
        return (NodeHealth.Ready, text == HealthEndpoints.IsReady ? null : text);
    }

    /// <summary>Says of each how far it is behind the farthest of them, which were not all asked at one moment.</summary>
    private static IEnumerable<NodeHealth> WithLags(NodeHealth[] nodes)
    {
        var newest = nodes
            .SelectMany(node => node.Namespaces)
            .GroupBy(each => each.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Max(each => each.Revision), StringComparer.Ordinal);
        return nodes.Select(node => node with
        {
            Namespaces = Array.ConvertAll(
                node.Namespaces, each => each with { Behind = newest[each.Name] - each.Revision }),
        });
    }

    internal static string Describe(NodeHealth node)
    {
        const int MostWell = 5;
        var text = new StringBuilder($"{node.Node} {node.State}");
        if (node.Reason is not null)
            text.Append($" ({node.Reason})");
        foreach (NamespaceHealth bad in node.Namespaces.Where(each => !each.Healthy))
            Append(text, bad);
        NamespaceHealth[] well = [.. node.Namespaces.Where(each => each.Healthy)];
        foreach (NamespaceHealth good in well.Take(MostWell))
            Append(text, good);
        if (well.Length > MostWell)
            text.Append($"; {well.Length - MostWell} more are well");
        return text.ToString();
    }

    private static void Append(StringBuilder text, NamespaceHealth each)
    {
        text.Append(each.Leader.Length > 0 ? $"; {each.Name} led by {each.Leader}" : $"; {each.Name} without a leader");
        text.Append($", {each.Behind} behind");
        if (each.Missing.Length > 0)
            text.Append($", misses {string.Join(", ", each.Missing)}");
    }
}

/// <summary>How a node is.</summary>
/// <param name="Node">Its id.</param>
/// <param name="Http">Where it was asked.</param>
/// <param name="State"><see cref="Ready"/>, <see cref="NotReady"/> or <see cref="Unreachable"/>.</param>
/// <param name="Reason">Why; also of a node that is ready, but not for everything.</param>
/// <param name="Namespaces">Those that it has a replica of.</param>
internal sealed record NodeHealth(string Node, string Http, string State, string? Reason, NamespaceHealth[] Namespaces)
{
    public const string Ready = "ready";
    public const string NotReady = "not-ready";
    public const string Unreachable = "unreachable";

    /// <summary>Whether nothing is wrong with it, as far as it knows.</summary>
    public bool Healthy => State == Ready && Reason is null && Array.TrueForAll(Namespaces, each => each.Healthy);
}

/// <summary>How a namespace is, as one node sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Leader">Who leads; empty when the node knows of nobody.</param>
/// <param name="Revision">The newest revision of the node's tree.</param>
/// <param name="Behind">How many revisions another node is ahead.</param>
/// <param name="Missing">Nodes that do not answer this one.</param>
internal sealed record NamespaceHealth(string Name, string Leader, long Revision, long Behind, string[] Missing)
{
    public bool Healthy => Leader.Length > 0 && Missing.Length == 0;
}

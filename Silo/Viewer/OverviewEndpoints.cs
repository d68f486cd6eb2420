using System.Globalization;
using Doozer.Replicas;
using Doozer.Silo.Http;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Viewer;

/// <summary>What there is, <c>GET /v1</c>, and how it goes, <c>GET /v1/{namespace}/cluster</c>.</summary>
internal sealed class OverviewEndpoints(
    NodeInfo self, NodeAddresses nodes, string? dashboard, ReplicaDrivers replicas, ClusterReports reports)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1", Calls.Read(Overview));
        routes.MapGet("/v1/{namespace}/cluster", Calls.Read(Cluster, "since"));
    }

    private Task Overview(HttpContext context)
    {
        NamespaceResult[] namespaces =
        [
            .. replicas.Namespaces.Select(replicas.Find).OfType<ReplicaDriver>().Select(replica => new NamespaceResult(
                replica.Namespace,
                replica.Leadership.Value.Leader ?? "",
                [.. replica.Quorums.Acceptors],
                [.. replica.Missing],
                replica.Tree.Revision,
                replica.Tree.Bytes)),
        ];
        NodeLocation[] locations = [.. nodes.All.Select(node => new NodeLocation(node.Id, node.Url))];
        var result = new OverviewResult(self.Cluster, self.Node, self.Version, locations, namespaces, dashboard);
        return context.Response.WriteAsJsonAsync(result, AnswerJson.Types.OverviewResult);
    }

    private async Task Cluster(HttpContext context)
    {
        string name = (string)context.Request.RouteValues["namespace"]!;
        Names.RequireNamespace(name);
        long since = Since(new RequestQuery(context.Request).Text("since"));
        NodeResult[] results = await reports.Of(name).WaitAsync(context.RequestAborted);
        var result = new ClusterResult(
            name,
            self.Node,
            (long)NodeStatistics.Interval.TotalMilliseconds,
            Array.ConvertAll(results, node => node with { Report = After(node.Report, since) }));
        await context.Response.WriteAsJsonAsync(result, AnswerJson.Types.ClusterResult);
    }

    private static NodeReport? After(NodeReport? report, long since) => report is null ? null : report with
    {
        Samples = [.. report.Samples.Where(sample => sample.At > since)],
        Log = [.. report.Log.Where(sample => sample.At > since)],
    };

    private static long Since(string? text)
    {
        if (text is null)
            return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long since)
            ? since
            : throw new InvalidArgumentException("since", $"'{text}' is no time in milliseconds since 1970");
    }
}

namespace Doozer.Silo.Viewer;

/// <summary>What a node did in a namespace during an interval, and how it was at its end.</summary>
/// <param name="At">Its end, in milliseconds since 1970 by the node's clock.</param>
/// <param name="Revision">The newest revision of the node's tree.</param>
/// <param name="Leader">Who led, as the node knew; empty when it knew of nobody.</param>
/// <param name="Ballot">The highest ballot promised.</param>
/// <param name="Reads">Reads that the node answered.</param>
/// <param name="Writes">Writes that were done through it, from when it took them on until their revision was known.</param>
[GenerateSerializer, Immutable, Alias("Doozer.NamespaceSample")]
internal sealed record NamespaceSample(
    [property: Id(0)] long At,
    [property: Id(1)] long Revision,
    [property: Id(2)] string Leader,
    [property: Id(3)] string Ballot,
    [property: Id(4)] long Reads,
    [property: Id(5)] DurationSummary Writes);

/// <summary>What a node's log did during an interval.</summary>
/// <param name="At">Its end, in milliseconds since 1970 by the node's clock.</param>
/// <param name="Flushes">Flushes to the disk.</param>
[GenerateSerializer, Immutable, Alias("Doozer.LogSample")]
internal sealed record LogSample(
    [property: Id(0)] long At,
    [property: Id(1)] DurationSummary Flushes);

/// <summary>What a node says of itself and its replica of a namespace.</summary>
/// <param name="Now">Milliseconds since 1970 by the node's clock.</param>
/// <param name="Started">When it was started, by the same clock.</param>
/// <param name="Version">Version of its program.</param>
/// <param name="Replica">Its replica; null when it has none.</param>
/// <param name="Samples">
/// The last ten minutes in the namespace, oldest first; intervals in which nothing happened are left out.
/// </param>
/// <param name="Log">The same of its log.</param>
[GenerateSerializer, Immutable, Alias("Doozer.NodeReport")]
internal sealed record NodeReport(
    [property: Id(0)] long Now,
    [property: Id(1)] long Started,
    [property: Id(2)] string Version,
    [property: Id(3)] ReplicaStatus? Replica,
    [property: Id(4)] NamespaceSample[] Samples,
    [property: Id(5)] LogSample[] Log);

/// <summary>A node of the cluster as another found it.</summary>
/// <param name="Node">Its id.</param>
/// <param name="Http">Where it serves HTTP.</param>
/// <param name="Report">What it says; null when it does not answer.</param>
internal sealed record NodeResult(string Node, string Http, NodeReport? Report);

/// <summary>The answer to <c>GET /v1/{namespace}/cluster</c>.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Node">The node that was asked.</param>
/// <param name="Interval">Milliseconds of an interval of the samples.</param>
/// <param name="Nodes">All nodes.</param>
internal sealed record ClusterResult(string Namespace, string Node, long Interval, NodeResult[] Nodes);

/// <summary>A node and where it serves HTTP.</summary>
internal sealed record NodeLocation(string Node, string Http);

/// <summary>A namespace as the node that was asked knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Leader">Who leads; empty when it knows of nobody.</param>
/// <param name="Acceptors">The nodes that vote.</param>
/// <param name="Missing">The nodes that do not answer the one that was asked.</param>
/// <param name="Revision">The newest revision of its tree.</param>
/// <param name="Bytes">What its files take in memory.</param>
internal sealed record NamespaceResult(
    string Name, string Leader, string[] Acceptors, string[] Missing, long Revision, long Bytes);

/// <summary>The answer to <c>GET /v1</c>.</summary>
/// <param name="Cluster">Name of the cluster.</param>
/// <param name="Node">The node that was asked.</param>
/// <param name="Version">Version of its program.</param>
/// <param name="Nodes">All nodes.</param>
/// <param name="Namespaces">The namespaces that it knows of, by name.</param>
/// <param name="Dashboard">Where it serves Orleans' dashboard; null if it does not.</param>
internal sealed record OverviewResult(
    string Cluster, string Node, string Version, NodeLocation[] Nodes, NamespaceResult[] Namespaces, string? Dashboard);

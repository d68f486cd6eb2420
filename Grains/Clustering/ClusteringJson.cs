using System.Text.Json;
using System.Text.Json.Serialization;

namespace Doozer.Clustering;

/// <summary>What clients read to find the gateways.</summary>
internal sealed record ClusteringGateways(
    string Cluster, int Version, IReadOnlyList<string> Gateways, IReadOnlyList<string> Peers);

/// <summary>A node's view of its peers and of the table, for operators.</summary>
internal sealed record ClusteringStatus(
    string Cluster, string Node, string Quorum, IReadOnlyList<PeerContact> Peers, int? Version,
    IReadOnlyList<MemberStatus> Members, string? Error);

/// <param name="Node">Id of the peer.</param>
/// <param name="Address">Where this node looks for it.</param>
/// <param name="State">self, unknown, reachable, unreachable or refused.</param>
/// <param name="Error">What is wrong, when something is.</param>
internal sealed record PeerContact(string Node, string Address, string State, string? Error);

internal sealed record MemberStatus(string Name, string Address, string Status);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PeerRefusal))]
[JsonSerializable(typeof(ClusteringGateways))]
[JsonSerializable(typeof(ClusteringStatus))]
[JsonSerializable(typeof(NodeListView))]
[JsonSerializable(typeof(NodeChangeRequest))]
[JsonSerializable(typeof(NodeListAnswer))]
internal sealed partial class ClusteringJson : JsonSerializerContext;

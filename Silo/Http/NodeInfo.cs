namespace Doozer.Silo.Http;

/// <summary>Which node answers, for <c>GET /v1/self</c>.</summary>
internal sealed record NodeInfo(string Node, string Cluster, string Version, string Silo, string Gateway, string Http);

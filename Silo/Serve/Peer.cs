using System.Net;

namespace Doozer.Silo.Serve;

/// <summary>A node of the cluster and where its silo listens.</summary>
internal sealed record Peer(string Id, IPEndPoint Silo);

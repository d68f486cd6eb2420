namespace Doozer.Silo.Serve;

/// <summary>
/// The ports of a node of which only the HTTP port is known. Nodes on one machine have consecutive HTTP ports, and so do their
/// silos and gateways: with HTTP on 8002 the silo is on 11113 and the gateway on 30002. Where one has another HTTP port than 8000
/// to 8099, those of a machine count by the order of their HTTP ports. All nodes have the same list, so no two get the same.
/// </summary>
internal static class DefaultPorts
{
    public const int Http = 8000;
    public const int Silo = 11111;
    public const int Gateway = 30000;

    private const int MaxOnOneMachine = 100;

    public static int SiloOf(Uri own, IReadOnlyList<NodeAddress> peers) => Silo + Offset(own, peers);

    public static int GatewayOf(Uri own, IReadOnlyList<NodeAddress> peers) => Gateway + Offset(own, peers);

    private static int Offset(Uri own, IReadOnlyList<NodeAddress> peers)
    {
        int[] ports =
            [.. peers.Where(peer => peer.Address.IdnHost == own.IdnHost).Select(peer => peer.Address.Port).Order()];
        return Array.TrueForAll(ports, port => port is >= Http and < Http + MaxOnOneMachine)
            ? own.Port - Http
            : Array.IndexOf(ports, own.Port);
    }
}

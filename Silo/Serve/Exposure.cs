using System.Net;

namespace Doozer.Silo.Serve;

/// <summary>What of a node others than this machine can reach. None of it knows users or is encrypted.</summary>
internal static class Exposure
{
    /// <summary>A warning for the operator, or null when everything is on loopback.</summary>
    public static string? Warning(NodeSettings settings)
    {
        (string Name, IPEndPoint Where)[] listeners =
            [("HTTP", settings.Http), ("silo", settings.Silo), ("gateway", settings.Gateway)];
        string[] open =
        [
            .. listeners.Where(each => !IPAddress.IsLoopback(each.Where.Address)).Select(each => $"{each.Name} {each.Where}"),
        ];
        return open.Length == 0
            ? null
            : $"whoever reaches this node can read and change everything: there is neither authentication nor TLS on " +
                $"{string.Join(", ", open)}. Keep that inside a trusted network.";
    }
}

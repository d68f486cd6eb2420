using System.Net;
using System.Net.Sockets;

namespace Doozer.Silo.Serve;

/// <summary>What may be listened on, and whether it is free.</summary>
internal static class Addresses
{
    /// <summary>Refuses a wildcard where the address is also what other nodes connect to.</summary>
    public static IPEndPoint Specific(string setting, IPEndPoint endpoint) =>
        IsWildcard(endpoint.Address)
            ? throw new SettingsException($"{setting} needs an address that other nodes can connect to, not '{endpoint}'.")
            : endpoint;

    public static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>
    /// Takes a port for this process until what is returned is disposed of. Orleans shares its ports with whoever asks for the
    /// same, so two nodes that start at once would both get them, and each some of the other's connections.
    /// </summary>
    /// <remarks>
    /// A name that the system gives to one process of a machine (or container) only, and takes back when it ends.
    /// </remarks>
    public static IDisposable? Claim(string node, string name, IPEndPoint endpoint)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var claim = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            claim.Bind(new UnixDomainSocketEndPoint($"\0doozer {endpoint}"));
            return claim;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            claim.Dispose();
            throw InUse(node, name, endpoint);
        }
    }

    /// <summary>
    /// Listens for a moment, so that a port in use is named by its flag instead of failing somewhere inside Orleans. Losing the
    /// race afterwards still fails, only less clearly.
    /// </summary>
    /// <param name="node">This node's id.</param>
    /// <param name="name">The setting that gives the port, or would.</param>
    /// <param name="endpoint">Where.</param>
    /// <param name="addressFrom">The setting that the address comes from.</param>
    public static void CheckFree(string node, string name, IPEndPoint endpoint, string addressFrom)
    {
        try
        {
            using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(endpoint);
            socket.Listen();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw InUse(node, name, endpoint);
        }
        catch (SocketException exception)
        {
            string reason = exception.SocketErrorCode switch
            {
                SocketError.AddressNotAvailable => "this machine does not have that address",
                SocketError.AccessDenied => "the system does not permit it",
                _ => exception.Message,
            };
            string culprit = exception.SocketErrorCode == SocketError.AddressNotAvailable ? addressFrom : name;
            throw new SettingsException($"--{culprit}: cannot listen on {endpoint}: {reason}.");
        }
    }

    private static SettingsException InUse(string node, string name, IPEndPoint endpoint) =>
        new($"the {name} port {endpoint.Port} (--{name}) is in use; does {node} run already? If not, give it another.");
}

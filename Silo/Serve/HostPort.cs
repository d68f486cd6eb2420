using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Doozer.Silo.Serve;

/// <summary>Reads <c>HOST:PORT</c>, where the host is a name, an IPv4 address or an IPv6 address in brackets.</summary>
internal static class HostPort
{
    private const int MaxPort = 65535;

    /// <summary>Looks a host's name up; null when it has no address.</summary>
    public delegate IPAddress? Resolver(string host);

    public static IPEndPoint Parse(string setting, string text, Resolver resolve)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (bracketed)
            host = host[1..^1];

        // An unbracketed IPv6 address would lose its last group to the port.
        if (host.Length == 0 || (!bracketed && host.Contains(':')))
            throw new SettingsException($"{setting} needs HOST:PORT, not '{text}'.");

        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > MaxPort)
            throw new SettingsException($"{setting} needs a port from 1 to {MaxPort}, not '{text[(colon + 1)..]}' in '{text}'.");

        IPAddress? address = IPAddress.TryParse(host, out IPAddress? literal) ? literal : bracketed ? null : resolve(host);
        return address is null
            ? throw new SettingsException($"{setting}: the host '{host}' in '{text}' has no address.")
            : new IPEndPoint(address, port);
    }

    /// <summary>Asks the system's resolver once, and prefers IPv4 as Orleans does.</summary>
    public static IPAddress? Resolve(string host)
    {
        try
        {
            IPAddress[] addresses = Dns.GetHostAddresses(host);
            return Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault();
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return null;
        }
    }
}

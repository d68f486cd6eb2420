using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Doozer.Silo.Serve;

/// <summary><c>HOST:PORT</c>, where the host is a name, an IPv4 address or an IPv6 address in brackets.</summary>
/// <param name="Host">The host, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct HostPort(string Host, int Port)
{
    private const int MaxPort = 65535;

    /// <summary>Looks a host's name up; null when it has no address.</summary>
    public delegate IPAddress? Resolver(string host);

    public bool IsWildcard => IPAddress.TryParse(Host, out IPAddress? literal) && Addresses.IsWildcard(literal);

    /// <param name="setting">The setting's name, for errors.</param>
    /// <param name="text">What it is set to.</param>
    /// <param name="defaultPort">The port when the text has only a host; null when it must have one.</param>
    public static HostPort Parse(string setting, string text, int? defaultPort = null)
    {
        string form = defaultPort is null ? "HOST:PORT" : "HOST[:PORT]";
        bool hasPort = !text.EndsWith(']') && text.Contains(':');
        if (!hasPort && defaultPort is null)
            throw new SettingsException($"{setting} needs {form}, not '{text}'.");

        int colon = hasPort ? text.LastIndexOf(':') : text.Length;
        string host = text[..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (bracketed)
            host = host[1..^1];

        // An unbracketed IPv6 address would lose its last group to the port.
        bool isHost = bracketed
            ? IPAddress.TryParse(host, out _)
            : Uri.CheckHostName(host) is not (UriHostNameType.Unknown or UriHostNameType.IPv6);
        if (!isHost)
            throw new SettingsException($"{setting} needs {form}, not '{text}'.");

        if (!hasPort)
            return new HostPort(host, defaultPort!.Value);
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is >= 1 and <= MaxPort
            ? new HostPort(host, port)
            : throw new SettingsException($"{setting} needs a port from 1 to {MaxPort}, not '{text[(colon + 1)..]}' in " +
                $"'{text}'.");
    }

    public static IPEndPoint ParseEndPoint(string setting, string text, Resolver resolve) =>
        Parse(setting, text).Resolve(setting, resolve);

    public IPEndPoint Resolve(string setting, Resolver resolve)
    {
        IPAddress? address = IPAddress.TryParse(Host, out IPAddress? literal) ? literal : resolve(Host);
        return address is null
            ? throw new SettingsException($"{setting}: the host '{Host}' in '{this}' has no address.")
            : new IPEndPoint(address, Port);
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Asks the system's resolver once, and prefers IPv4 as Orleans does.</summary>
    public static IPAddress? LookUp(string host)
    {
        try
        {
            IPAddress[] addresses = Dns.GetHostAddresses(host);
            return Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault();
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return null;
        }
    }
}

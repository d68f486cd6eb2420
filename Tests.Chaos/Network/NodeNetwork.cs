using System.ComponentModel;
using System.Diagnostics;

namespace Doozer.Chaos.Network;

/// <summary>
/// A network of its own for each node, all plugged into one switch, which is this process: so any link can be cut, slow or lossy,
/// in one direction only if need be, also where the system's own means for that are missing. Linux only, and only for who may
/// make network namespaces.
/// </summary>
internal sealed class NodeNetwork : IDisposable
{
    private const int FirstHost = 11;
    private const int Outside = 1;

    // Interface names have at most 15 characters.
    private readonly string _name = $"dz{Environment.ProcessId % 100_000}";
    private readonly string _subnet = $"10.213.{Environment.ProcessId % 250}";
    private readonly List<TunDevice> _ports = [];
    private readonly List<string> _namespaces = [];
    private readonly PacketSwitch _switch;
    private readonly int _nodes;

    private NodeNetwork(int nodes, int seed)
    {
        _nodes = nodes;
        _switch = new PacketSwitch(_ports, PortOf, seed);
    }

    /// <summary>The port of this machine, where the clients are.</summary>
    public int Clients => _nodes;

    /// <summary>How many nodes it has.</summary>
    public int Count => _nodes;

    public LinkConditions Conditions
    {
        get => _switch.Conditions;
        set => _switch.Conditions = value;
    }

    /// <summary>Makes the network.</summary>
    /// <param name="nodes">How many nodes it has.</param>
    /// <param name="seed">Decides which packets are lost.</param>
    /// <exception cref="NotSupportedException">It is not permitted here; the message says what.</exception>
    public static NodeNetwork Create(int nodes, int seed = 0)
    {
        var network = new NodeNetwork(nodes, seed);
        try
        {
            network.Create();
            return network;
        }
        catch (Exception exception)
            when (exception is InvalidOperationException or IOException or UnauthorizedAccessException or Win32Exception)
        {
            network.Dispose();
            throw new NotSupportedException(
                $"It needs network namespaces and interfaces ('ip netns' and /dev/net/tun, as root): {exception.Message}",
                exception);
        }
    }

    public string Host(int node) => $"{_subnet}.{node + FirstHost}";

    /// <summary>What a command has to begin with to run on a node's network.</summary>
    public string Through(int node) => $"ip netns exec {Namespace(node)}";

    /// <summary>Cuts a node off, as by a pulled cable: nothing arrives, and nobody is told.</summary>
    public void Isolate(int node)
    {
        IEnumerable<(int, int)> cuts = Enumerable.Range(0, _nodes + 1)
            .Where(other => other != node)
            .SelectMany(other => new[] { (node, other), (other, node) });
        Conditions = Conditions with { Cuts = Conditions.Cuts.Union(cuts) };
    }

    public void Heal(int node) =>
        Conditions = Conditions with { Cuts = [.. Conditions.Cuts.Where(cut => cut.From != node && cut.To != node)] };

    public void Dispose()
    {
        _switch.Dispose();
        foreach (string name in _namespaces)
            _ = Try("netns", "delete", name);
        foreach (TunDevice port in _ports)
            port.Dispose();
    }

    private void Create()
    {
        for (int port = 0; port <= _nodes; port++)
            _ports.Add(new TunDevice(Interface(port)));
        Run("address", "add", $"{_subnet}.{Outside}/24", "dev", Interface(Clients));
        Run("link", "set", Interface(Clients), "up");
        for (int node = 0; node < _nodes; node++)
        {
            string name = Namespace(node);
            Run("netns", "add", name);
            _namespaces.Add(name);
            Run("link", "set", Interface(node), "netns", name);
            Run("-n", name, "address", "add", $"{Host(node)}/24", "dev", Interface(node));
            Run("-n", name, "link", "set", Interface(node), "up");
            Run("-n", name, "link", "set", "lo", "up");
        }

        _switch.Start();
    }

    private int PortOf(byte host) =>
        host == Outside ? Clients : host >= FirstHost && host < FirstHost + _nodes ? host - FirstHost : -1;

    private string Namespace(int node) => $"{_name}-{node}";

    private string Interface(int port) => $"{_name}t{port}";

    private static void Run(params string[] arguments)
    {
        if (Try(arguments) is { } error)
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error}");
    }

    private static string? Try(params string[] arguments)
    {
        using Process ip =
            Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        string error = ip.StandardError.ReadToEnd().Trim();
        ip.WaitForExit();
        return ip.ExitCode == 0 ? null : error;
    }
}

using System.Diagnostics;

namespace Doozer.Tests.EndToEnd;

/// <summary>
/// A network of its own for each node, all plugged into one bridge, so that a node can be cut off as by a pulled cable. Linux only,
/// and only for who may make network namespaces.
/// </summary>
internal sealed class NodeNetwork : IDisposable
{
    // Interface names have at most 15 characters.
    private readonly string _name = $"dz{Environment.ProcessId % 100_000}";
    private readonly string _subnet = $"10.213.{Environment.ProcessId % 250}";
    private readonly int _nodes;

    private NodeNetwork(int nodes) => _nodes = nodes;

    /// <summary>Makes the network, or skips the test where that is not permitted.</summary>
    public static NodeNetwork CreateOrSkip(int nodes)
    {
        var network = new NodeNetwork(nodes);
        try
        {
            network.Create();
            return network;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            network.Dispose();
            Assert.Skip($"It needs network namespaces ('ip netns', as root): {e.Message}");
            throw;
        }
    }

    public string Host(int node) => $"{_subnet}.{node + 11}";

    /// <summary>What a command has to begin with to run on a node's network.</summary>
    public string Through(int node) => $"ip netns exec {Namespace(node)}";

    /// <summary>Cuts a node off: nothing arrives, and nobody is told.</summary>
    public void Isolate(int node) => Run("link", "set", Cable(node), "down");

    public void Heal(int node) => Run("link", "set", Cable(node), "up");

    public void Dispose()
    {
        for (int node = 0; node < _nodes; node++)
            TryRun("netns", "delete", Namespace(node));
        TryRun("link", "delete", _name);
    }

    private void Create()
    {
        Run("link", "add", _name, "type", "bridge");
        Run("address", "add", $"{_subnet}.1/24", "dev", _name);
        Run("link", "set", _name, "up");
        for (int node = 0; node < _nodes; node++)
        {
            Run("netns", "add", Namespace(node));
            Run("link", "add", Cable(node), "type", "veth", "peer", "name", "eth0", "netns", Namespace(node));
            Run("link", "set", Cable(node), "master", _name, "up");
            Run("-n", Namespace(node), "address", "add", $"{Host(node)}/24", "dev", "eth0");
            Run("-n", Namespace(node), "link", "set", "eth0", "up");
            Run("-n", Namespace(node), "link", "set", "lo", "up");
        }
    }

    private string Namespace(int node) => $"{_name}-{node}";

    private string Cable(int node) => $"{_name}v{node}";

    private static void Run(params string[] arguments)
    {
        if (Try(arguments) is { } error)
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error}");
    }

    private static void TryRun(params string[] arguments)
    {
        try
        {
            _ = Try(arguments);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Without the command there is nothing to take away.
        }
    }

    private static string? Try(string[] arguments)
    {
        using Process ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        string error = ip.StandardError.ReadToEnd().Trim();
        ip.WaitForExit();
        return ip.ExitCode == 0 ? null : error;
    }
}

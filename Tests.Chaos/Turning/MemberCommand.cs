using System.Diagnostics;
using Doozer.Chaos.Nodes;

namespace Doozer.Chaos.Turning;

/// <summary><c>doozer member</c>, as an operator runs it.</summary>
internal sealed class MemberCommand(NodeCluster cluster, string doozer)
{
    /// <summary>Changes the list of nodes.</summary>
    /// <returns>Null when that is done; else why it is not.</returns>
    public async Task<string?> Try(string change, IEnumerable<int> nodes, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(doozer)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string addresses = string.Join(',', cluster.Addresses);
        foreach (string argument in (string[])
            ["member", change, .. nodes.Select(NodeCluster.Name), "-a", addresses, "--cluster-secret-file", cluster.SecretFile])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            string error = await process.StandardError.ReadToEndAsync(cancellation);
            await output;
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? null : error.Trim();
        }
        finally
        {
            process.Kill();
        }
    }
}

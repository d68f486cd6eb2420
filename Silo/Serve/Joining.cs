using System.Globalization;
using Doozer.Clustering;
using Doozer.Node;

namespace Doozer.Silo.Serve;

/// <summary>
/// <c>--join</c>: has a running cluster take this node into its list, and keeps what the node must know to start.
/// </summary>
internal sealed class Joining(IConfiguration section, Action<string> say, TimeProvider time)
{
    private const string Flag = "--join";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Joins, if that is asked for and has not been done.</summary>
    /// <exception cref="SettingsException">The cluster refuses this node, or cannot be asked.</exception>
    public async Task JoinIfAsked(CancellationToken cancellation)
    {
        if (NodeSettings.Value(section, "join") is not { } text)
            return;
        if (NodeSettings.IsGiven(section, "peers"))
            throw new SettingsException($"Give {Flag} or --peers, not both: who joins learns the others from the cluster.");
        (string id, string data) = NodeSettings.Place(section);
        if (ClusterFile.Read(data) is { } known)
        {
            say($"node {id} belongs to cluster {known.Cluster} already: {Flag} has no effect");
            return;
        }

        Uri own = NodeSettings.Announced(section)
            ?? throw new SettingsException($"{Flag} needs an address where the other nodes find this one: give --http " +
                "HOST:PORT, or --address HOST:PORT if --http is all addresses.");
        Uri[] addresses = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Parse)];
        var request = new NodeChangeRequest(
            NodeChangeRequest.Join, Guid.NewGuid(), id, own.ToString(), NodeSettings.Value(section, "role"));
        NodeListAnswer answer = await Ask(addresses, request, cancellation);
        Keep(answer, id, own, data);
        say($"node {id} has joined cluster {answer.Cluster}");
    }

    private async Task<NodeListAnswer> Ask(Uri[] addresses, NodeChangeRequest request, CancellationToken cancellation)
    {
        using var client = new NodeListClient(NodeSettings.ReadSecret(section));
        long began = time.GetTimestamp();
        for (int attempt = 0; ; attempt++)
        {
            Uri address = addresses[attempt % addresses.Length];
            string reason;
            try
            {
                return await client.Send(address, request, cancellation);
            }
            catch (NodeChangeException refusal)
            {
                throw new SettingsException($"{Flag} {address}: {refusal.Message}");
            }
            catch (Exception exception) when (exception is HttpRequestException or ClusteringException)
            {
                reason = exception.Message.TrimEnd('.');
            }

            if (time.GetElapsedTime(began) > Patience)
                throw new SettingsException($"{Flag}: no node takes this one in; the last, {address}: {reason}.");
            if ((attempt + 1) % addresses.Length != 0)
                continue;
            if (attempt < addresses.Length)
                say($"waits for a node to join: {address}: {reason}");
            await Task.Delay(Pause, time, cancellation);
        }
    }

    private static void Keep(NodeListAnswer answer, string id, Uri own, string data)
    {
        string clustering = NodeSettings.ClusteringFolder(data);
        Directory.CreateDirectory(clustering);
        KnownNodes.Write(clustering, answer.List);
        new ClusterFile(
            answer.Cluster,
            id,
            own,
            answer.Founders.ToDictionary(each => each.Key, each => new Uri(each.Value)),
            Number(answer, BeginningFacts.ElectionQuorum),
            Number(answer, BeginningFacts.WriteQuorum),
            answer.Facts.GetValueOrDefault(BeginningFacts.Origin, "")).Write(data);
    }

    private static int Number(NodeListAnswer answer, string fact) =>
        int.TryParse(answer.Facts.GetValueOrDefault(fact), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : 0;

    private static Uri Parse(string text)
    {
        const string Scheme = "http://";
        string host = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..].TrimEnd('/') : text;
        return new Uri($"http://{HostPort.Parse(Flag, host, DefaultPorts.Http)}");
    }
}

using System.Globalization;
using System.Net;
using Doozer.Clustering;
using Doozer.Node;
using Doozer.Storage;

namespace Doozer.Silo.Serve;

/// <summary>
/// <c>--join</c>: has a running cluster take this node into its list, and keeps what the node must know to start.
/// </summary>
internal sealed class Joining(IConfiguration section, Action<string> say, TimeProvider time)
{
    private const string Flag = "--join";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(1);

    /// <summary>Joins, if that is asked for and has not been done.</summary>
    /// <exception cref="SettingsException">The cluster refuses this node, or cannot be asked.</exception>
    public async Task JoinIfAsked(CancellationToken cancellation)
    {
        if (NodeSettings.Value(section, "join") is not { } text)
            return;
        if (NodeSettings.IsGiven(section, "peers"))
            throw new SettingsException($"Give {Flag} or --peers, not both: who joins learns the others from the cluster.");
        (string id, string data) = NodeSettings.Place(section);
        if (ClusterFile.Read(data, id) is { } known)
        {
            say($"node {id} belongs to cluster {known.Cluster} already: {Flag} has no effect");
            return;
        }

        Uri own = NodeSettings.Announced(section)
            ?? throw new SettingsException($"{Flag} needs an address where the other nodes find this one: give --http " +
                "HOST:PORT, or --address HOST:PORT if --http is all addresses.");
        Uri[] addresses = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Parse)];
        NodeIdentity? owner = RequireUsable(id, own, data);
        var request = new NodeChangeRequest(
            NodeChangeRequest.Join,
            Guid.NewGuid(),
            id,
            own.ToString(),
            NodeSettings.Value(section, "role"),
            Cluster: NodeSettings.Value(section, "cluster") ?? owner?.Cluster);
        NodeListAnswer answer = await Ask(addresses, request, cancellation);
        Keep(answer, id, own, data);
        File.Delete(MarkIn(data));
        say($"node {id} has joined cluster {answer.Cluster}");
    }

    private async Task<NodeListAnswer> Ask(Uri[] addresses, NodeChangeRequest request, CancellationToken cancellation)
    {
        using var client = new NodeListClient(NodeSettings.ReadSecret(section));
        long began = time.GetTimestamp();
        TimeSpan pause = FirstPause;
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
            await Task.Delay(pause, time, cancellation);
            pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        }
    }

    /// <summary>Whether the node of a data directory has begun to join a cluster.</summary>
    public static bool HasBegun(string data) => File.Exists(MarkIn(data));

    /// <summary>
    /// Refuses a directory whose node has begun to join and does not know its cluster: on its own it would begin another one.
    /// </summary>
    /// <exception cref="SettingsException">It is one.</exception>
    public static void RequireFinished(string data)
    {
        if (HasBegun(data))
        {
            throw new SettingsException(
                $"The node in '{data}' has begun to join a cluster and has not heard that it did: give {Flag} again, or delete " +
                $"'{MarkIn(data)}' if it is to begin a cluster of its own.");
        }
    }

    private static string MarkIn(string data) => Path.Combine(data, "joining");

    /// <summary>
    /// Refuses what would keep the node from starting once it is in the list, whose id and address are another's from then on.
    /// </summary>
    /// <returns>Whose the data is; null for a new directory.</returns>
    private NodeIdentity? RequireUsable(string id, Uri own, string data)
    {
        IPEndPoint http = NodeSettings.ReadHttp(section, own, NodeSettings.AddressFlag, HostPort.LookUp);
        Addresses.CheckFree(id, "http", http, addressFrom: "http");
        NodeIdentity? owner;
        try
        {
            Directory.CreateDirectory(NodeSettings.ClusteringFolder(data));
            File.WriteAllText(MarkIn(data), "");
            owner = DataDirectory.OwnerOf(data);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--data: '{data}' cannot be used: {exception.Message}");
        }

        return owner is null || owner.Node == id ? owner : throw ClusterFile.NotOf(id, data, owner.Node);
    }

    private static void Keep(NodeListAnswer answer, string id, Uri own, string data)
    {
        KnownNodes.Write(NodeSettings.ClusteringFolder(data), answer.List);
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

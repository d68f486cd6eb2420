using System.Net;
using Microsoft.Extensions.Options;

namespace Doozer.Clustering;

/// <summary>Refuses options that could not work, before the silo starts rather than during a failure.</summary>
internal sealed class QuorumClusteringOptionsValidator : IValidateOptions<QuorumClusteringOptions>
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, QuorumClusteringOptions options)
    {
        string? fault = FaultIn(options);
        return fault is null
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Quorum clustering cannot start: {fault}.");
    }

    public static bool IsLoopback(Uri address) =>
        address.Host is "localhost"
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));

    private static string? FaultIn(QuorumClusteringOptions options)
    {
        if (!Names.IsNodeOrCluster(options.Node))
            return $"the node id '{options.Node}' must be 1 to {Names.MaxLength} letters, digits, '-' or '_'";
        if (options.Peers.Count is 0 or > QuorumClusteringOptions.MaxPeers)
            return $"there must be 1 to {QuorumClusteringOptions.MaxPeers} peers, not {options.Peers.Count}";
        if (options.Voters is < 0 or > QuorumClusteringOptions.MaxPeers)
            return $"Voters is {options.Voters}; give 1 to {QuorumClusteringOptions.MaxPeers}, or 0 for the default";
        if (!options.Addresses.ContainsKey(options.Node))
            return $"the peers ({string.Join(", ", options.Peers.Keys)}) do not include this node, {options.Node}";
        if (options.DataDirectory.Length == 0)
            return "the data directory is empty";
        if (options.Secret is { Length: < QuorumClusteringOptions.MinSecretLength } secret)
        {
            return $"the secret has {secret.Length} characters; give at least {QuorumClusteringOptions.MinSecretLength}, such " +
                "as 'openssl rand -hex 32' prints";
        }

        foreach ((string id, Uri address) in options.Addresses)
        {
            if (FaultInPeer(id, address, options) is { } fault)
                return fault;
        }

        if (OutOfRange(options.PeerTimeout))
            return $"PeerTimeout is {options.PeerTimeout}; give more than 0, at most {Longest}";
        if (OutOfRange(options.HedgeDelay))
            return $"HedgeDelay is {options.HedgeDelay}; give more than 0, at most {Longest}";
        if (OutOfRange(options.OperationTimeout) || options.OperationTimeout < options.PeerTimeout)
        {
            return $"OperationTimeout is {options.OperationTimeout}; give at least PeerTimeout ({options.PeerTimeout}), at " +
                $"most {Longest}";
        }

        return null;
    }

    private static string? FaultInPeer(string id, Uri address, QuorumClusteringOptions options)
    {
        if (!Names.IsNodeOrCluster(id))
            return $"the peer id '{id}' must be 1 to {Names.MaxLength} letters, digits, '-' or '_'";
        if (address is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            return $"the address '{address}' of peer {id} is not of the form http://HOST:PORT";
        if (options.Listen && id == options.Node && address.Scheme != "http")
        {
            return $"this node cannot listen on '{address}': its own port speaks plain http; set Listen to false and map the " +
                "endpoints behind your own https port";
        }

        if (options.Secret is null && !IsLoopback(address))
        {
            return $"peer {id} at {address} is not on the loopback interface, and there is no secret; give all peers the same " +
                "Secret";
        }

        foreach ((string other, Uri its) in options.Addresses)
        {
            if (other != id && its == address)
                return $"the peers {other} and {id} have the same address, {address}";
        }

        return null;
    }

    private static bool OutOfRange(TimeSpan span) => span <= TimeSpan.Zero || span > Longest;
}

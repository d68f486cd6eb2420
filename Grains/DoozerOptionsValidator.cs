using Doozer.Paxos;
using Doozer.Storage;
using Microsoft.Extensions.Options;

namespace Doozer.Grains;

/// <summary>Refuses options that could not work, when the silo starts rather than at the first request.</summary>
internal sealed class DoozerOptionsValidator : IValidateOptions<DoozerOptions>
{
    private const int MaxBodyBytes = 2 << 20;
    private const int MinSnapshotLogBytes = 1 << 10;
    private static readonly TimeSpan MaxRequestTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MinReplaceAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinTickInterval = TimeSpan.FromMilliseconds(1);

    public ValidateOptionsResult Validate(string? name, DoozerOptions options)
    {
        string? fault = FaultInNames(options) ?? FaultInQuorums(options) ?? FaultInLimits(options) ?? FaultInTimes(options);
        return fault is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail($"Doozer cannot start: {fault}.");
    }

    private static string? FaultInNames(DoozerOptions options)
    {
        if (!Names.IsNodeOrCluster(options.Node))
            return $"the node id '{options.Node}' must be 1 to {Names.MaxLength} letters, digits, '-' or '_'";
        if (!Names.IsNodeOrCluster(options.Cluster))
            return $"the cluster '{options.Cluster}' must be 1 to {Names.MaxLength} letters, digits, '-' or '_'";
        foreach (string peer in options.Members)
        {
            if (!Names.IsNodeOrCluster(peer))
                return $"the peer id '{peer}' must be 1 to {Names.MaxLength} letters, digits, '-' or '_'";
        }

        string peers = string.Join(", ", options.Members);
        if (!options.Members.Contains(options.Node))
            return $"the peers ({peers}) do not include this node, {options.Node}";
        if (options.Members.Distinct(StringComparer.Ordinal).Count() != options.Members.Count)
            return $"the peers ({peers}) name a node twice";
        if (options.Members.Count > Peers.MaxMembers)
            return $"the peers and learners are {options.Members.Count}; give at most {Peers.MaxMembers}";
        return options.DataDirectory.Length == 0 ? "the data directory is empty; give the path of a folder" : null;
    }

    private static string? FaultInQuorums(DoozerOptions options)
    {
        int nodes = options.Peers.Count;
        if (options.ElectionQuorum < 0 || options.ElectionQuorum > nodes)
            return $"ElectionQuorum is {options.ElectionQuorum}; give 1 to {nodes}, or 0 for the default";
        if (options.WriteQuorum < 0 || options.WriteQuorum > nodes)
            return $"WriteQuorum is {options.WriteQuorum}; give 1 to {nodes}, or 0 for the default";
        try
        {
            _ = options.Quorums;
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message.Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal).TrimEnd('.');
        }
    }

    private static string? FaultInLimits(DoozerOptions options)
    {
        if (options.MaxBodyBytes is < 1 or > MaxBodyBytes)
            return $"MaxBodyBytes is {options.MaxBodyBytes}; give 1 to {MaxBodyBytes} (2 MiB)";
        if (options.SnapshotLogBytes < MinSnapshotLogBytes)
            return $"SnapshotLogBytes is {options.SnapshotLogBytes}; give at least {MinSnapshotLogBytes} (1 KiB)";
        if (options.MaxNamespaces is < 1 or > Manifest.MaxSnapshots)
            return $"MaxNamespaces is {options.MaxNamespaces}; give 1 to {Manifest.MaxSnapshots}";
        return FaultInCount(nameof(options.MaxWaitingRequests), options.MaxWaitingRequests)
            ?? FaultInCount(nameof(options.MaxWaitingBytes), options.MaxWaitingBytes)
            ?? FaultInCount(nameof(options.HistoryLimit), options.HistoryLimit)
            ?? FaultInCount(nameof(options.HistoryBytes), options.HistoryBytes)
            ?? FaultInCount(nameof(options.MaxTreeBytes), options.MaxTreeBytes)
            ?? FaultInCount(nameof(options.MaxLogBytes), options.MaxLogBytes)
            ?? FaultInCount(nameof(options.SnapshotSlots), options.SnapshotSlots);
    }

    private static string? FaultInTimes(DoozerOptions options)
    {
        if (options.RequestTimeout <= TimeSpan.Zero || options.RequestTimeout > MaxRequestTimeout)
            return $"RequestTimeout is {options.RequestTimeout}; give more than 0, at most {MaxRequestTimeout}";
        if (options.TickInterval < MinTickInterval)
            return $"TickInterval is {options.TickInterval}; give at least {MinTickInterval} (1 ms)";
        if (options.ReplaceAfter != TimeSpan.Zero && options.ReplaceAfter < MinReplaceAfter)
            return $"ReplaceAfter is {options.ReplaceAfter}; give at least {MinReplaceAfter}, or 0 for never";
        if (options.HeartbeatTicks < 1)
            return $"HeartbeatTicks is {options.HeartbeatTicks}; give at least 1";
        return options.ElectionTicks < 2 * options.HeartbeatTicks
            ? $"ElectionTicks is {options.ElectionTicks}; give at least twice HeartbeatTicks ({options.HeartbeatTicks})"
            : null;
    }

    private static string? FaultInCount(string option, long value) => value < 1 ? $"{option} is {value}; give at least 1" : null;
}

using System.Text.Json.Serialization;

namespace Doozer.Benchmarks.Reports;

/// <summary>What is measured.</summary>
internal enum Operation
{
    /// <summary>Replace a file.</summary>
    Write,

    /// <summary>Linearizable read of a file.</summary>
    Read,

    /// <summary>Read of a file from the node's own replica.</summary>
    LocalRead,

    /// <summary>One write to nine linearizable reads.</summary>
    Mixed,

    /// <summary>Take one lock that all clients want, and give it up.</summary>
    Lock,

    /// <summary>Take a lock that nobody else wants, and give it up.</summary>
    OwnLock,

    /// <summary>One writer, many watchers of its file.</summary>
    Watch,

    /// <summary>What nodes use that nobody asks.</summary>
    Idle,

    /// <summary>One writer, whose leader is killed or stopped.</summary>
    Failover,

    /// <summary>Many files: loading them, and starting with them.</summary>
    Restart,
}

/// <summary>One figure, or the few that one run gave. What does not apply is null.</summary>
/// <param name="System">The system, or the system and the way to speak to it.</param>
/// <param name="Operation">What was measured.</param>
/// <param name="Round">In which round, from 1.</param>
internal sealed record Measurement(string System, Operation Operation, int Round) : ResultLine
{
    /// <summary>A share of the processors that others may use; with more the figures are marked.</summary>
    public const double DisturbedShare = 0.15;

    /// <summary>Which of several: the fault of a failover, the stage of a restart.</summary>
    public string? Variant { get; init; }

    /// <summary>Clients with one operation under way each; watchers.</summary>
    public int? Clients { get; init; }

    /// <summary>How many files the nodes have.</summary>
    public long? Files { get; init; }

    /// <summary>How long it took, or was measured.</summary>
    public double? Seconds { get; init; }

    /// <summary>Operations that succeeded; for a watch, events that watchers received.</summary>
    public long? Operations { get; init; }

    public double? OperationsPerSecond { get; init; }

    public double? P50Ms { get; init; }

    public double? P99Ms { get; init; }

    public double? MaxMs { get; init; }

    /// <summary>Processor time of all nodes together, in seconds.</summary>
    public double? ServerCpuSeconds { get; init; }

    /// <summary>Processor time of all nodes together for one operation, in microseconds.</summary>
    public double? ServerCpuMicroseconds { get; init; }

    /// <summary>Processor time of the load for one operation, in microseconds.</summary>
    public double? ClientCpuMicroseconds { get; init; }

    /// <summary>Share of all processors that neither nodes nor load used, 0 to 1.</summary>
    public double? OtherCpuShare { get; init; }

    /// <summary>Longest time between two successful writes.</summary>
    public double? GapMs { get; init; }

    /// <summary>Events that watchers were not told of, because later ones took their place.</summary>
    public long? Skipped { get; init; }

    /// <summary>Memory of all nodes together.</summary>
    public double? ResidentMiB { get; init; }

    /// <summary>Space on disk of all nodes together.</summary>
    public double? DiskMiB { get; init; }

    /// <summary>Operations that failed, by the error's code.</summary>
    public IReadOnlyDictionary<string, long>? Errors { get; init; }

    /// <summary>Why there are no figures.</summary>
    public string? Failed { get; init; }

    /// <summary>Failed attempts are what a failover is made of; anywhere else an error spoils the figures.</summary>
    [JsonIgnore]
    public bool IsGood => Failed is null && (Operation == Operation.Failover || Errors is null or { Count: 0 });
}

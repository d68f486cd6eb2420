using System.Diagnostics.Metrics;
using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>What a replica measures of its work. It costs next to nothing while nobody listens.</summary>
/// <param name="namespace">The namespace, with which all is tagged.</param>
/// <param name="time">The clock.</param>
internal sealed class ReplicaMeter(string @namespace, TimeProvider time)
{
    /// <summary>Bounds of the buckets of durations, in seconds. Before what is made with them.</summary>
    public static readonly IReadOnlyList<double> Durations =
        [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly Meter Meter = new(DoozerTelemetry.Name);

    private static readonly Counter<long> Proposals = Meter.CreateCounter<long>(
        "doozer.proposals", "{command}", "Commands that this replica was asked to have chosen.");

    private static readonly Histogram<double> Commits = Meter.CreateHistogram(
        "doozer.commit.duration",
        "s",
        "From when the leader takes commands on until they are chosen and applied.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Durations });

    private static readonly Histogram<long> BatchCommands = Meter.CreateHistogram(
        "doozer.batch.commands",
        "{command}",
        "Commands in a batch that this leader had chosen.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] });

    private static readonly Histogram<long> BatchBytes = Meter.CreateHistogram(
        "doozer.batch.size",
        "By",
        "Bytes of such a batch.",
        advice: new InstrumentAdvice<long>
        {
            HistogramBucketBoundaries = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304],
        });

    private readonly KeyValuePair<string, object?> _tag = new(Tracing.Namespace, @namespace);
    private long _elections;
    private long _leaderChanges;
    private long _snapshotsWritten;
    private long _snapshotsFailed;
    private long _snapshotsInstalled;

    /// <summary>Whether anybody listens to more than the viewer needs.</summary>
    public static bool IsOn => Proposals.Enabled;

    /// <summary>Elections in which this replica stood since the process was started. Any thread.</summary>
    public long Elections => Volatile.Read(ref _elections);

    /// <summary>How often it has heard of another leader since then. Any thread.</summary>
    public long LeaderChanges => Volatile.Read(ref _leaderChanges);

    /// <summary>Snapshots that it has written since then. Any thread.</summary>
    public long SnapshotsWritten => Volatile.Read(ref _snapshotsWritten);

    /// <summary>Snapshots that could not be written. Any thread.</summary>
    public long SnapshotsFailed => Volatile.Read(ref _snapshotsFailed);

    /// <summary>Snapshots of peers from which it has gone on. Any thread.</summary>
    public long SnapshotsInstalled => Volatile.Read(ref _snapshotsInstalled);

    public void CountElection() => Interlocked.Increment(ref _elections);

    public void CountLeaderChange() => Interlocked.Increment(ref _leaderChanges);

    public void CountSnapshotWritten() => Interlocked.Increment(ref _snapshotsWritten);

    public void CountSnapshotFailed() => Interlocked.Increment(ref _snapshotsFailed);

    public void CountSnapshotInstalled() => Interlocked.Increment(ref _snapshotsInstalled);

    /// <summary>When commands are submitted.</summary>
    public long Begin() => Commits.Enabled ? time.GetTimestamp() : 0;

    /// <summary>They are applied.</summary>
    /// <param name="begin">When they were submitted.</param>
    public void End(long begin)
    {
        if (begin != 0)
            Commits.Record(time.GetElapsedTime(begin).TotalSeconds, _tag);
    }

    /// <summary>Commands were submitted, and taken on or not.</summary>
    public void CountProposals(int commands, ProposeResult proposed)
    {
        if (Proposals.Enabled)
            Proposals.Add(commands, _tag, new KeyValuePair<string, object?>(Tracing.Outcome, OutcomeOf(proposed)));
    }

    /// <summary>A batch of this leader's is chosen.</summary>
    public void CountBatch(in Batch batch)
    {
        BatchCommands.Record(batch.Count, _tag);
        BatchBytes.Record(batch.Commands.Length, _tag);
    }

    private static string OutcomeOf(ProposeResult proposed) => proposed switch
    {
        ProposeResult.Queued => Tracing.Done,
        ProposeResult.Busy => "busy",
        _ => "not-leader",
    };
}

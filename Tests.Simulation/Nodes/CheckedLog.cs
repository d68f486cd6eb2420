using Doozer.Paxos;
using Doozer.Storage;

namespace Doozer.Simulation;

/// <summary>A node's log, whose records the checks see when they are appended and when they are durable.</summary>
internal sealed class CheckedLog(INodeLog log, SimulationNode node, SimulationCluster cluster, SnapshotStore snapshots) : INodeLog
{
    public long Sequence => log.Sequence;

    public bool IsBehind => log.IsBehind;

    public Task Append(string group, ReadOnlyMemory<byte> payload, bool isLimited = false)
    {
        Task durable = log.Append(group, payload, isLimited);
        if (!durable.IsFaulted)
            NoteWhenDurable(durable, group, payload);
        if (group[0] == '@')
            return durable;
        NamespaceChecks checks = cluster.Checks(group);
        checks.OnManifest(node.Name, snapshots.Manifest);
        var records = new List<JournalRecord>();
        JournalCodec.Decode(payload.ToArray(), records);
        foreach (JournalRecord record in records)
            checks.Safety.OnRecord(node.Name, record);
        When(durable, () => checks.Safety.OnDurable(node.Name, records));
        return durable;
    }

    public void RemoveBefore(long sequence)
    {
        foreach (string @namespace in cluster.Namespaces)
            cluster.Checks(@namespace).OnManifest(node.Name, snapshots.Manifest);
        log.RemoveBefore(sequence);
    }

    public ValueTask DisposeAsync() => log.DisposeAsync();

    private void NoteWhenDurable(Task durable, string group, ReadOnlyMemory<byte> payload)
    {
        (int Life, int Count) appended = node.Disk.LogChecks.OnAppended(group, payload.Span);
        When(durable, () => node.Disk.LogChecks.OnDurable(appended));
    }

    private static void When(Task durable, Action then) => _ = durable.ContinueWith(
        _ => then(),
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
        ImmediateScheduler.Instance);
}

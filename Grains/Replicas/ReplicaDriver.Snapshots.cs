using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>When snapshots are taken, given to peers, and taken over from them.</summary>
internal sealed partial class ReplicaDriver
{
    /// <summary>
    /// Most bytes of accepted batches beyond the applied slot with which a snapshot is begun, since they are written again. It must
    /// fit into what the log lets wait beside the half that replicas may fill.
    /// </summary>
    private const long MostBytesAgain = 32 << 20;

    /// <summary>A namespace with less in its log since its snapshot than this has that written again instead of a new snapshot.</summary>
    private const long FewBytes = 1 << 20;

    private const int TicksBetweenCleanings = 400;

    private int _ticksToCleaning = TicksBetweenCleanings;
    private bool _ticked;

    /// <summary>The tree as it is, and the last slot in it. Any thread.</summary>
    /// <exception cref="NodeUnavailableException">The replica is not driven now.</exception>
    public Task<(long Slot, TreeCapture Tree)> Capture() =>
        _scheduler is { } scheduler && !_broken
            ? Task.Factory.StartNew(
                () => (_applied.Slot, Tree.Capture()), CancellationToken.None, TaskCreationOptions.None, scheduler)
            : throw new NodeUnavailableException(_options.Node, "the replica is stopping");

    /// <summary>
    /// Once a tick, and only between outputs: what is written again with a snapshot must not overtake records still on their way.
    /// </summary>
    private void ConsiderSnapshot()
    {
        if (!_ticked || _core.HasRecords || _storage.IsBehind)
            return;
        _ticked = false;
        if (--_ticksToCleaning <= 0)
        {
            _ticksToCleaning = TicksBetweenCleanings;
            _snapshots.CloseIdle();
        }

        if (_snapshots.IsDue(_applied.Slot, _options))
            BeginSnapshot();
        else if (_snapshots.MustMoveOn)
            MoveOn();
    }

    private void MoveOn()
    {
        if (_core.BytesAfter(_snapshots.Slot) > FewBytes)
            BeginSnapshot();
        else
            _ = Report(_snapshots.MoveOn(_core.RecordsAfter(_snapshots.Slot)));
    }

    private void BeginSnapshot()
    {
        long slot = _applied.Slot;
        if (slot > _snapshots.Slot && _core.BytesAfter(slot) <= MostBytesAgain && _storage.TryBeginHeavyWork())
            _ = Report(TakeSnapshot(slot));
    }

    private async Task TakeSnapshot(long slot)
    {
        // The slots since the one before stay in memory: a peer that has just pulled that one need not pull another.
        long previous = _snapshots.Slot;
        if (await _snapshots.Save(slot, Tree.Capture(), _core.RecordsAfter(slot)))
            Post(() => _core.SnapshotTaken(slot, previous));
    }

    private async Task Report(Task snapshot)
    {
        try
        {
            await snapshot;
        }
        catch (Exception exception) when (exception is OperationCanceledException or NodeUnavailableException)
        {
            // The node stops.
        }
        catch (Exception exception)
        {
            Log.SnapshotFailed(_logger, exception, Namespace);
        }
    }

    private void ServeSnapshot()
    {
        foreach (SnapshotWanted wanted in _output.SnapshotsWanted)
        {
            if (_storage.TryBeginRead())
                _ = Serve(wanted);
        }
    }

    private async Task Serve(SnapshotWanted wanted)
    {
        try
        {
            if (await _snapshots.Read(wanted.Slot, wanted.Offset) is { } chunk)
                Post(() => _core.SendSnapshot(wanted.Peer, chunk));
        }
        catch (Exception exception) when (exception is OperationCanceledException or NodeUnavailableException)
        {
            // The node stops.
        }
        catch (Exception exception)
        {
            Log.SnapshotUnreadable(_logger, exception, Namespace, wanted.Peer);
        }
        finally
        {
            _storage.EndRead();
        }
    }

    private void StoreSnapshotBytes()
    {
        if (_output.SnapshotBytes is { } chunk)
            _ = Store(chunk);
    }

    private async Task Store(SnapshotChunk chunk)
    {
        try
        {
            await _snapshots.Store(chunk);
            Post(() => _core.SnapshotStored(chunk));
            if (chunk.IsLast)
                await Install(chunk.Slot);
        }
        catch (Exception exception) when (exception is OperationCanceledException or NodeUnavailableException)
        {
            // The node stops.
        }
        catch (Exception exception)
        {
            Log.SnapshotRefused(_logger, exception, Namespace);
            Post(_core.SnapshotRefused);
        }
    }

    // The file is durable, and named by the manifest, before the protocol goes on from it: from then on records may say that slots
    // beyond it are chosen, and those mean nothing without it.
    private async Task Install(long slot)
    {
        VersionedTree tree = await _snapshots.Adopt(slot, _options.Tree);
        Post(() =>
        {
            if (!_core.Install(slot))
                return;
            Tree.TakeOver(tree);
            _applied.Advance(slot);
            Log.SnapshotInstalled(_logger, _options.Node, Namespace, slot, tree.Revision);
        });
    }
}

using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>When snapshots are taken, given to peers, and taken over from them.</summary>
internal sealed partial class ReplicaDriver
{
    private int _ticksToCleaning;
    private bool _ticked;

    /// <summary>The tree as it is, and the last slot in it. Any thread.</summary>
    /// <exception cref="NodeUnavailableException">The replica is not driven now.</exception>
    public Task<(long Slot, TreeCapture Tree)> Capture() =>
        _scheduler is { } scheduler && !_broken
            ? Task.Factory.StartNew(
                () => (_applied.Slot, _state.Capture()), CancellationToken.None, TaskCreationOptions.None, scheduler)
            : throw new NodeUnavailableException(_options.Node, "the replica is stopping");

    /// <summary>
    /// Once a tick, and only between outputs: what is written again with a snapshot must not overtake records still on their way.
    /// </summary>
    private void ConsiderSnapshot()
    {
        if (!_ticked || _core.HasRecords || _storage.IsBehind)
            return;
        _ticked = false;
        if (IsQuiet || --_ticksToCleaning <= 0)
        {
            _ticksToCleaning = _options.Snapshots.TicksBetweenCleanings;
            _snapshots.CloseIdle();
        }

        if (_snapshots.IsDue(_applied.Slot, _core.IsLogLong, _options))
            BeginSnapshot();
        else if (_snapshots.PinsLog)
            ReleaseLog();
    }

    private void ReleaseLog()
    {
        if (_core.BytesAfter(_snapshots.Slot) > _options.Snapshots.SmallLogBytes)
            BeginSnapshot();
        else
            _ = Report(_snapshots.Rewrite(_core.RecordsAfter(_snapshots.Slot)));
    }

    private void BeginSnapshot()
    {
        long slot = _applied.Slot;
        if (slot > _snapshots.Slot
            && _core.BytesAfter(slot) <= _options.Snapshots.MaxRewrittenBytes
            && _storage.TryBeginHeavyWork())
        {
            _ = Report(TakeSnapshot(slot));
        }
    }

    private async Task TakeSnapshot(long slot)
    {
        // The slots since the one before stay in memory: a peer that has just pulled that one need not pull another.
        long previous = _snapshots.Slot;
        if (!await _snapshots.Save(slot, _state.Capture(), _configurations, _core.RecordsAfter(slot)))
            return;
        _meter.CountSnapshotWritten();
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
        catch (SafetyViolationException violation)
        {
            Break(violation);
        }
        catch (Exception exception)
        {
            _meter.CountSnapshotFailed();
            LogSnapshotFailed(exception, Namespace);
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
            LogSnapshotUnreadable(exception, Namespace, wanted.Peer);
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
            LogSnapshotRefused(exception, Namespace);
            Post(_core.SnapshotRefused);
        }
    }

    // The file is durable, and named by the manifest, before the protocol goes on from it: from then on records may say that
    // slots beyond it are chosen, and those mean nothing without it.
    private async Task Install(long slot)
    {
        (VersionedTree tree, Configurations? configurations) = await _snapshots.Adopt(slot, _options.Tree);
        Post(() =>
        {
            if (!_core.Install(slot, configurations))
                return;
            _configurations = configurations ?? _configurations;
            _state.TakeOver(slot, tree);
            _applied.Advance(slot);
            _meter.CountSnapshotInstalled();
            LogSnapshotInstalled(_options.Node, Namespace, slot, tree.Revision);
        });
    }
}

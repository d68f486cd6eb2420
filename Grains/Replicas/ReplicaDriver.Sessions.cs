using System.Buffers;
using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>Keeps sessions alive, and closes those that are not.</summary>
internal sealed partial class ReplicaDriver
{
    /// <summary>So many close at once, so that writes go on between them.</summary>
    private const int ClosedAtOnce = 64;

    private readonly SessionLeases _leases;
    private bool _closing;
    private int _closedUntold;
    private long _toldAt;

    /// <summary>Until when sessions live, for the simulator to look at.</summary>
    internal SessionLeases Leases => _leases;

    /// <summary>Lets sessions live for their ttl from now on, when a quorum confirms that this replica leads.</summary>
    /// <exception cref="NodeUnavailableException">The replica is broken.</exception>
    public async Task<KeepAliveResult> KeepAlive(long[] sessions)
    {
        long received = _time.GetTimestamp();
        Ballot? ballot = _leases.Ballot;
        ReadIndexResult index = _options.Sessions.MustConfirm
            ? await ReadIndex()
            : new ReadIndexResult(ballot is not null, 0, LeaderOrEmpty);

        // A session that an earlier leader was about to close is gone once this leader has applied all that it found.
        if (!index.Confirmed || !await _applied.Reaches(index.Slot, _options.RequestTimeout, _time))
            return new KeepAliveResult(false, [], LeaderOrEmpty);

        // With another ballot it may be that the old one's closing of a session is chosen yet.
        if (ballot is null || _leases.Ballot != ballot)
            return new KeepAliveResult(false, [], LeaderOrEmpty);
        return new KeepAliveResult(true, [.. sessions.Where(id => !_leases.Renew(id, received))], LeaderOrEmpty);
    }

    private void FollowLeadership()
    {
        if (_core.Role != Role.Leader)
            _leases.End();
        else if (_leases.Ballot != _core.Promised)
            _leases.Begin(_core.Promised, Tree.Sessions);
    }

    private void CloseExpired()
    {
        TellOfClosed();
        // One proposal at a time, so that many sessions that end together do not fill the leader's queue.
        if (_closing || _leases.TakeExpired(ClosedAtOnce) is not { Count: > 0 } expired)
            return;
        var commands = new ArrayBufferWriter<byte>();
        var command = new ArrayBufferWriter<byte>();
        foreach (long id in expired)
        {
            command.ResetWrittenCount();
            Command.CloseSession(id).Encode(command);
            Batch.Append(commands, command.WrittenSpan);
        }

        _ = Close(commands.WrittenSpan.ToArray(), expired);
    }

    // A client with many sessions that dies is one event, and not a line for every few of them.
    private void TellOfClosed()
    {
        if (_closedUntold == 0 || _time.GetElapsedTime(_toldAt) < TimeSpan.FromSeconds(1))
            return;
        LogSessionsExpired(_options.Node, _closedUntold, Namespace);
        (_closedUntold, _toldAt) = (0, _time.GetTimestamp());
    }

    private async Task Close(byte[] commands, List<long> sessions)
    {
        _closing = true;
        try
        {
            SubmitResult result = await Submit(commands, sessions.Count);
            if (result.Status is SubmitStatus.Busy or SubmitStatus.NotLeader)
                _leases.TakeBack(sessions);
            else
                _closedUntold += sessions.Count;
        }
        catch (DoozerException)
        {
            // Then another node leads, or will; or the namespace is deleted.
        }
        finally
        {
            _closing = false;
        }
    }
}

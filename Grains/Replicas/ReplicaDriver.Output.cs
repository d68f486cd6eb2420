using System.Diagnostics;
using System.Globalization;
using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>What the protocol wants done: messages sent, records written, batches applied, requests answered.</summary>
internal sealed partial class ReplicaDriver
{
    private const double NearlyFull = 0.8;
    private const double RoomAgain = 0.7;

    // A full or failed disk is the end of this node, but its successor need not wait for an election timeout.
    private void Resign()
    {
        if (_broken || TaskScheduler.Current != _scheduler || _core.Resign() is not { } last)
            return;
        LogHandsOver(_options.Node, Namespace, last.To, "its log takes no more records");
        _send?.Invoke(last.To, MessageCodec.Encode([last.Message], Header(EnvelopeKind.Messages)));
    }

    // Followers write while the leader does, so messages go before the own write; the core holds back what must not.
    private void SendAndPersist()
    {
        Activity? vote = _trace.Begin(_output, _core.Role == Role.Leader);
        Send();
        Persist(vote);
        if (vote is not null)
            Tracing.Forget();
    }

    private void Send()
    {
        foreach (Outgoing outgoing in _output.Messages)
            MessagesTo(outgoing.To).Add(outgoing.Message);
        if (_output.Messages.Count > 0 && _headerEpoch != _core.Epoch)
            (_header, _headerEpoch) = (Header(EnvelopeKind.Messages), _core.Epoch);
        foreach ((string node, List<Message> messages) in _outgoing)
        {
            if (messages.Count == 0)
                continue;
            _send!(node, MessageCodec.Encode(messages, _header));
            messages.Clear();
        }
    }

    private List<Message> MessagesTo(string node)
    {
        foreach ((string known, List<Message> messages) in _outgoing)
        {
            if (known == node)
                return messages;
        }

        // Those of nodes that are gone are empty, and few.
        _outgoing.Add((node, []));
        return _outgoing[^1].Messages;
    }

    private byte[] Header(EnvelopeKind kind) =>
        PeerEnvelope.Header(kind, _options.Node, _incarnation, _quorumsInWords, _core.Epoch);

    // Hints alone are not worth an fsync: they wait for the next record that is, or for a tick.
    private void Persist(Activity? vote)
    {
        _unwritten.AddRange(_output.Records);
        if (_output.MustSync)
            AppendUnwritten(vote);
    }

    private void AppendUnwritten(Activity? vote = null)
    {
        // After a refused append nothing may follow: a hint would claim what the log does not hold.
        if (_unwritten.Count == 0 || _broken)
            return;
        byte[] payload = JournalCodec.Encode(_unwritten);
        _snapshots.CountLogged(payload.Length);
        _unwritten.Clear();
        _ = AppendAndConfirm(payload, _output.RecordsThrough, vote);
    }

    private async Task AppendAndConfirm(ReadOnlyMemory<byte> payload, long through, Activity? vote)
    {
        using Activity? ended = vote;
        try
        {
            await _storage.Append(_name, payload);
        }
        catch (Exception exception)
        {
            // Completions count for everything before them: a later one must never vouch for the records that were refused here.
            try
            {
                Resign();
            }
            finally
            {
                Break(exception);
            }

            return;
        }

        // Appends of one namespace complete in their order.
        _durableThrough = through;
        if (TaskScheduler.Current == _scheduler)
        {
            Drive(() => _core.Persisted(through));
            return;
        }

        // Begun by an earlier activation, this ends outside the turns of the one that drives now. When its turn comes, more may
        // be durable.
        Post(() => _core.Persisted(_durableThrough));
    }

    private void Apply()
    {
        if (_output.Chosen.Count == 0)
            return;
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            _results.Clear();
            _state.Apply(chosen, _results);
            _configurations = _configurations.After(chosen.Slot, chosen.Batch, _limits.Alpha, _limits.Rules);
            int first = 0;
            foreach (Proposal proposal in chosen.Proposals)
            {
                if (_submissions.TryGet(proposal.Ticket, out Submission? submission))
                {
                    for (int i = first; i < first + proposal.Count; i++)
                        submission.Add(_results[i]);
                }

                first += proposal.Count;
            }

            if (chosen.Proposals.Length > 0)
                _meter.CountBatch(chosen.Batch);
            foreach (long session in _state.OpenedSessions)
                _leases.Opened(session);
            SendDigest(chosen.Slot);
        }

        long slot = _output.Chosen[^1].Slot;
        _state.Publish(slot);
        _applied.Advance(slot);
        CompleteApplied();
    }

    // Only now: whoever is told of a write must find it when reading.
    private void CompleteApplied()
    {
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            foreach (Proposal proposal in chosen.Proposals)
            {
                if (!_submissions.TryRemove(proposal.Ticket, out Submission? submission))
                    continue;
                _meter.End(submission.Begin);
                submission.Complete();
            }
        }
    }

    private void Answer()
    {
        foreach ((long ticket, long slot) in _output.ReadsConfirmed)
            AnswerRead(ticket, new ReadIndexResult(true, slot, LeaderOrEmpty));
        foreach (long ticket in _output.ReadsFailed)
            AnswerRead(ticket, new ReadIndexResult(false, 0, LeaderOrEmpty));
        foreach ((long ticket, bool wasProposed) in _output.ProposalsLost)
        {
            if (_submissions.TryRemove(ticket, out Submission? submission))
                submission.Fail(NotDone(wasProposed ? SubmitStatus.Unknown : SubmitStatus.NotLeader));
        }
    }

    private void AnswerRead(long ticket, ReadIndexResult result)
    {
        if (_reads.TryRemove(ticket, out TaskCompletionSource<ReadIndexResult>? read))
            read.TrySetResult(result);
    }

    private void ReportSlowDisk()
    {
        if (_output.SlowDisk is not { } slow)
            return;
        string waited = InMilliseconds(slow.Waited);
        string peerTook = InMilliseconds(slow.PeerTook);
        LogHandsOver(
            _options.Node,
            Namespace,
            slow.Successor,
            $"its own disk is slow: a write has waited for it for {waited} ms, and a peer's took {peerTook} ms");
    }

    private string InMilliseconds(long ticks) =>
        (ticks * _options.TickInterval).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);

    private void PublishLeadership()
    {
        if (_core.Promised != _ballot && _core.Promised.Node == _options.Node)
            _meter.CountElection();
        _ballot = _core.Promised;
        Leadership now = _leadership.Value;
        if (now.Leader == _core.Leader && now.Ballot == _core.Promised)
            return;
        long since = now.Leader == _core.Leader ? now.Since : _time.GetTimestamp();
        _leadership.Publish(new Leadership(_core.Leader, _core.Promised, since));
        if (_core.Leader is null || _core.Leader == now.Leader)
            return;
        _meter.CountLeaderChange();
        if (_core.Leader == _options.Node)
            LogLeads(_options.Node, Namespace, _core.Promised);
        else
            LogFollows(_options.Node, _core.Leader, Namespace, _core.Promised);
    }

    private void ReportSpace()
    {
        // A tree that stays about the mark is told of once.
        double used = (double)Tree.Bytes / _options.MaxTreeBytes;
        if (used >= NearlyFull && !_wasNearlyFull)
            LogNearlyFull(Namespace, Tree.Bytes, _options.MaxTreeBytes);
        _wasNearlyFull = used >= (_wasNearlyFull ? RoomAgain : NearlyFull);
    }

    private void ReportQuorum()
    {
        bool hasQuorum = _core.HasQuorum;
        if (hasQuorum && _hadQuorum)
        {
            Missing = [];
            return;
        }

        Missing =
            [.. _core.Members.Where(peer => !peer.Reachable && Quorums.IndexOf(peer.Node) >= 0).Select(peer => peer.Node)];
        if (hasQuorum == _hadQuorum)
            return;
        _hadQuorum = hasQuorum;
        if (hasQuorum)
            LogQuorumRegained(Namespace, Quorums.ToString(), _options.Node);
        else
            LogQuorumLost(Namespace, Quorums.ToString(), _options.Node, string.Join(", ", Missing));
    }
}

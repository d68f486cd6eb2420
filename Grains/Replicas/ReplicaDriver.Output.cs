using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>What the protocol wants done: messages sent, records written, batches applied, requests answered.</summary>
internal sealed partial class ReplicaDriver
{
    // A full or failed disk is the end of this node, but its successor need not wait for an election timeout.
    private void Resign()
    {
        if (!_broken && TaskScheduler.Current == _scheduler && _core.Resign() is { } last)
            _send?.Invoke(last.To, [.. _header, .. MessageCodec.Encode([last.Message])]);
    }

    private void Send()
    {
        foreach (Outgoing outgoing in _output.Messages)
            _outgoing[Quorums.IndexOf(outgoing.To)].Add(outgoing.Message);
        for (int i = 0; i < _outgoing.Length; i++)
        {
            if (_outgoing[i].Count == 0)
                continue;
            _send!(Quorums.Acceptors[i], [.. _header, .. MessageCodec.Encode(_outgoing[i])]);
            _outgoing[i].Clear();
        }
    }

    // Hints alone are not worth an fsync: they wait for the next record that is, or for a tick.
    private void Persist()
    {
        _unwritten.AddRange(_output.Records);
        if (_output.MustSync)
            AppendUnwritten();
    }

    private void AppendUnwritten()
    {
        // After a refused append nothing may follow: a hint would claim what the log does not hold.
        if (_unwritten.Count == 0 || _broken)
            return;
        byte[] payload = JournalCodec.Encode(_unwritten);
        _snapshots.CountLogged(payload.Length);
        _unwritten.Clear();
        _ = AppendAndConfirm(payload, _output.RecordsThrough);
    }

    private async Task AppendAndConfirm(ReadOnlyMemory<byte> payload, long through)
    {
        try
        {
            await _storage.Append(Namespace, payload);
        }
        catch (Exception exception)
        {
            // Completions count for everything before them: a later one must never vouch for the records that were refused here.
            Resign();
            Break(exception);
            return;
        }

        // Appends of one namespace complete in their order.
        _durableThrough = through;
        if (TaskScheduler.Current == _scheduler)
            Drive(() => _core.Persisted(through));
        else
            Post(() => _core.Persisted(_durableThrough));
    }

    private void Apply()
    {
        if (_output.Chosen.Count == 0)
            return;
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            int proposal = 0;
            foreach (ReadOnlyMemory<byte> encoded in chosen.Batch)
            {
                ApplyResult result = Tree.Apply(Command.Decode(encoded));
                if (chosen.Proposals.Length == 0)
                    continue;
                while (((Submission)chosen.Proposals[proposal].Token).IsFull)
                    proposal++;
                ((Submission)chosen.Proposals[proposal].Token).Add(new CommandResult((CommandOutcome)result.Outcome, result.Revision));
            }
        }

        Tree.Publish();
        _applied.Advance(_output.Chosen[^1].Slot);
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            foreach (Proposal proposal in chosen.Proposals)
                Answered(proposal.Token).Complete();
        }
    }

    private void Answer()
    {
        string leader = _core.Leader ?? "";
        foreach ((object token, long slot) in _output.ReadsConfirmed)
            AnswerRead(token, new ReadIndexResult(true, slot, leader));
        foreach (object token in _output.ReadsFailed)
            AnswerRead(token, new ReadIndexResult(false, 0, leader));
        foreach (LostProposal lost in _output.ProposalsLost)
            Answered(lost.Token).Fail(NotDone(lost.WasProposed ? SubmitStatus.Unknown : SubmitStatus.NotLeader));
    }

    private Submission Answered(object token)
    {
        var submission = (Submission)token;
        _submissions.Remove(submission);
        return submission;
    }

    private void AnswerRead(object token, ReadIndexResult result)
    {
        var read = (TaskCompletionSource<ReadIndexResult>)token;
        _reads.Remove(read);
        read.TrySetResult(result);
    }

    private void PublishLeadership()
    {
        Leadership now = _leadership.Value;
        if (now.Leader == _core.Leader && now.Ballot == _core.Promised)
            return;
        _leadership.Publish(new Leadership(_core.Leader, _core.Promised));
        if (_core.Leader is null || _core.Leader == now.Leader)
            return;
        if (_core.Leader == _options.Node)
            Log.Leads(_logger, _options.Node, Namespace, _core.Promised.ToString());
        else
            Log.Follows(_logger, _options.Node, _core.Leader, Namespace, _core.Promised.ToString());
    }

    private void ReportQuorum()
    {
        bool hasQuorum = _core.HasQuorum;
        if (hasQuorum && _hadQuorum)
        {
            Missing = [];
            return;
        }

        Missing = [.. Enumerable.Range(0, Quorums.Count).Select(_core.PeerAt).Where(peer => !peer.Reachable).Select(peer => peer.Node)];
        if (hasQuorum == _hadQuorum)
            return;
        _hadQuorum = hasQuorum;
        if (hasQuorum)
            Log.QuorumRegained(_logger, Namespace, _quorumsInWords, _options.Node);
        else
            Log.QuorumLost(_logger, Namespace, _quorumsInWords, _options.Node, string.Join(", ", Missing));
    }
}

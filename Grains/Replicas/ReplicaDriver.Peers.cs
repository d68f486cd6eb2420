namespace Doozer.Replicas;

/// <summary>Whose messages are let in, and what becomes of a node that others do not let in.</summary>
internal sealed partial class ReplicaDriver
{
    /// <summary>The connection to a node has ended. Any thread.</summary>
    public void ConnectionEnded(string node) => Post(() => _core.ConnectionEnded(node));

    /// <summary>Whether a node is alive has changed. Any thread.</summary>
    public void LivenessChanged(string node) => Post(() => _core.LivenessChanged(node));

    // Votes of a node that forgot its promises, or that counts other quorums, could let two values be chosen for one slot.
    private async Task<bool> Admit(PeerEnvelope envelope)
    {
        if (!envelope.IsOf(_quorumsInWords, _quorumsInShort))
        {
            if (_refusals.FirstTime(envelope.From, envelope.Incarnation))
                LogDifferentPeers(_options.Node, envelope.From, Namespace, envelope.Quorums, _quorumsInWords);
            Refuse(envelope, EnvelopeKind.DifferentPeers);
            return false;
        }

        if (!_core.Knows(envelope.From))
        {
            bool isAdmitted = false;
            Drive(() => isAdmitted = _core.Admits(envelope.From, envelope.Epoch));
            if (!isAdmitted)
            {
                TellNotAMember(envelope);
                return false;
            }
        }

        Guid known = await _storage.Meet(envelope.From, envelope.Incarnation);
        if (known == envelope.Incarnation)
        {
            _refusals.Agrees(envelope.From);
            return true;
        }

        if (_refusals.FirstTime(envelope.From, envelope.Incarnation))
            LogForeignIncarnation(_options.Node, envelope.From, Namespace, envelope.Incarnation, known);
        Refuse(envelope, EnvelopeKind.ForeignIncarnation);
        return false;
    }

    private void Refuse(PeerEnvelope envelope, EnvelopeKind why)
    {
        // In words, which every version reads, and tells its operator.
        byte[] header = PeerEnvelope.Header(why, _options.Node, _incarnation, _quorumsInWords);
        _send?.Invoke(envelope.From, [.. header, .. envelope.Incarnation.ToByteArray()]);
    }

    // Who was left out while it was away would stand for election for ever.
    private void TellNotAMember(PeerEnvelope envelope)
    {
        if (envelope.Epoch < _core.Epoch)
            _send?.Invoke(envelope.From, [.. Header(EnvelopeKind.NotAMember), .. envelope.Incarnation.ToByteArray()]);
    }

    private void OnRefused(PeerEnvelope envelope)
    {
        // A refusal may be old: one of data that was here before, under this node's id, is not for this node.
        if (!envelope.Body.Span.SequenceEqual(_incarnation.ToByteArray()))
            return;
        if (envelope.Kind == EnvelopeKind.NotAMember)
        {
            if (envelope.IsOf(_quorumsInWords, _quorumsInShort) && envelope.Epoch > _core.Epoch)
                BeLeftOut(envelope);
            return;
        }

        if (!_core.Knows(envelope.From))
            return;
        if (envelope.Kind == EnvelopeKind.ForeignIncarnation)
        {
            FallSilent();
            _failure.Stop(
                $"node {envelope.From} has met other data under the id {_options.Node}; a node that lost its data must not " +
                "return under its old id");
        }
        else if (_refusals.IsRefusedByMost(envelope.From))
        {
            FallSilent();
            _failure.Stop(
                $"too many peers were given another --peers than this node's ({_quorumsInWords}): {envelope.From} has " +
                $"{envelope.Quorums}");
        }
        else if (_refusals.FirstTime(envelope.From, envelope.Incarnation))
        {
            LogDifferentPeers(_options.Node, envelope.From, Namespace, envelope.Quorums, _quorumsInWords);
        }
    }

    private void BeLeftOut(PeerEnvelope envelope)
    {
        Drive(() => _core.LeftOut(envelope.Epoch));
        if (_refusals.FirstTime(envelope.From, envelope.Incarnation))
            LogLeftOut(_options.Node, Namespace, envelope.From, envelope.Epoch);
    }
}

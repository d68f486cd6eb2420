using System.Buffers.Binary;
using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>Notices when replicas that applied the same log have different states.</summary>
internal sealed partial class ReplicaDriver
{
    private const int DigestBytes = 16;
    private readonly DigestComparison _digests;
    private readonly HashSet<string> _differing = new(StringComparer.Ordinal);

    private void SendDigest(long slot)
    {
        if (slot % _options.DigestSlots != 0)
            return;
        ulong digest = Tree.Digest;
        byte[] header = Header(EnvelopeKind.Digest);
        byte[] envelope = [.. header, .. new byte[DigestBytes]];
        BinaryPrimitives.WriteInt64LittleEndian(envelope.AsSpan(header.Length), slot);
        BinaryPrimitives.WriteUInt64LittleEndian(envelope.AsSpan(header.Length + 8), digest);
        foreach (PeerView peer in _core.Members)
        {
            if (peer.Node != _options.Node)
                _send!(peer.Node, envelope);
        }

        Compare(_options.Node, slot, digest);
    }

    private void ReceiveDigest(PeerEnvelope envelope)
    {
        if (envelope.Body.Length < DigestBytes || _send is null || _broken)
            return;
        long slot = BinaryPrimitives.ReadInt64LittleEndian(envelope.Body.Span);
        try
        {
            Compare(envelope.From, slot, BinaryPrimitives.ReadUInt64LittleEndian(envelope.Body.Span[8..]));
        }
        catch (SafetyViolationException violation)
        {
            Break(violation);
        }
    }

    // What stands against a majority goes, before more readers see it. Without one nobody knows who is right.
    private void Compare(string node, long slot, ulong digest)
    {
        DigestVerdict verdict = _digests.Add(node, slot, digest);
        if (verdict.IsOdd)
        {
            string others = string.Join(", ", verdict.Others);
            throw new SafetyViolationException(
                $"the state of {Namespace} on {_options.Node} after slot {slot} is not the one of {others}");
        }

        foreach (string other in verdict.Others)
        {
            if (_differing.Add(other))
                LogStateDiffers(other, Namespace, slot, _options.Node);
        }
    }
}

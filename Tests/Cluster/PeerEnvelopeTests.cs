using Doozer.Replicas;

namespace Doozer.Tests.Cluster;

public sealed class PeerEnvelopeTests
{
    private const string Quorums = "2 of n1, n2, n3";
    private static readonly Guid Incarnation = Guid.NewGuid();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(7, 2)]
    public void An_envelope_comes_back_as_it_was_and_in_the_first_epoch_as_older_nodes_read_it(long epoch, byte version)
    {
        byte[] bytes = [.. PeerEnvelope.Header(EnvelopeKind.Messages, "n1", Incarnation, Quorums, epoch), 1, 2, 3];
        bytes[0].ShouldBe(version);
        var envelope = PeerEnvelope.Decode(bytes);
        (envelope.Kind, envelope.From, envelope.Incarnation, envelope.Epoch)
            .ShouldBe((EnvelopeKind.Messages, "n1", Incarnation, epoch));
        envelope.Body.ToArray().ShouldBe([1, 2, 3]);
        IsOf(envelope, Quorums).ShouldBeTrue();
        IsOf(envelope, "2 of n1, n2, n4").ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Part_of_an_envelope_is_none(long epoch)
    {
        byte[] header = PeerEnvelope.Header(EnvelopeKind.Messages, "n1", Incarnation, Quorums, epoch);
        for (int length = 0; length < header.Length; length++)
            Should.Throw<InvalidDataException>(() => PeerEnvelope.Decode(header.AsMemory(0, length)));
        header[0] = 3;
        Should.Throw<InvalidDataException>(() => PeerEnvelope.Decode(header));
    }

    private static bool IsOf(PeerEnvelope envelope, string quorums) => envelope.IsOf(quorums, PeerEnvelope.InShort(quorums));
}

using System.Buffers;
using System.Runtime.InteropServices;
using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

public sealed class CodecTests
{
    private static readonly Ballot One = new(300, "n1");
    private static readonly Batch Filled = BatchOf("abc", "", "defg");
    private static readonly SlotEntry[] Entries =
        [new SlotEntry(8, One, Filled), new SlotEntry(9, new Ballot(2, "n3"), Batch.Empty)];

    private static readonly Message[] Messages =
    [
        new PreVote(5, 6) { From = "n2" },
        new PreVoteReply(5, true, One, 6) { From = "n2" },
        new Prepare(One, 12) { From = "n2" },
        new Promise(One, 12, long.MaxValue, 3, Entries) { From = "n2" },
        new Accept(One, 4_000_000_000, Filled, 3) { From = "n2" },
        new Accepted(One, 4, 3) { From = "n2" },
        new Rejected(One, new Ballot(301, "n3")) { From = "n2" },
        new Heartbeat(One, 77, 3) { From = "n2" },
        new Quiet(One, 3) { From = "n2" },
        new HeartbeatAck(One, 77, 3) { From = "n2" },
        new Chosen(One, 3) { From = "n2" },
        new LearnRequest(4) { From = "n2" },
        new LearnReply(9, Entries) { From = "n2" },
        new TransferLeadership(One) { From = "n2" },
        new SnapshotOffer(7, 9) { From = "n2" },
        new SnapshotRequest(7, 100) { From = "n2" },
        new SnapshotChunk(7, 1000, 100, new byte[] { 1, 2, 3 }) { From = "n2" },
    ];

    private static readonly JournalRecord[] Records =
        [new JournalRecord.Promise(One), new JournalRecord.Vote(3, One, Filled), new JournalRecord.ChosenHint(3)];

    [Fact]
    public void Every_message_comes_back_as_it_was()
    {
        var decoded = new List<Message>();
        MessageCodec.Decode(MessageCodec.Encode(Messages), decoded);
        decoded.Select(Text).ShouldBe(Messages.Select(Text));
        decoded.Count.ShouldBe(typeof(Message).Assembly.GetTypes().Count(type => type.BaseType == typeof(Message)));
    }

    [Fact]
    public void Decoded_batches_are_slices_of_the_envelope()
    {
        byte[] envelope = MessageCodec.Encode([Messages[4]]);
        var decoded = new List<Message>();
        MessageCodec.Decode(envelope, decoded);
        MemoryMarshal.TryGetArray(((Accept)decoded[0]).Batch.Commands, out ArraySegment<byte> segment).ShouldBeTrue();
        segment.Array.ShouldBeSameAs(envelope);
    }

    [Fact]
    public void Every_record_comes_back_as_it_was()
    {
        var decoded = new List<JournalRecord>();
        JournalCodec.Decode(JournalCodec.Encode(Records), decoded);
        decoded.Count.ShouldBe(3);
        decoded[0].ShouldBe(Records[0]);
        JournalRecord.Vote accepted = decoded[1].ShouldBeOfType<JournalRecord.Vote>();
        (accepted.Slot, accepted.Ballot, accepted.Batch.SameAs(Filled)).ShouldBe((3, One, true));
        decoded[2].ShouldBe(Records[2]);
    }

    [Fact]
    public void Damaged_bytes_are_refused_and_nothing_else_happens()
    {
        var random = new Random(1);
        byte[] envelope = MessageCodec.Encode(Messages);
        byte[] payload = JournalCodec.Encode(Records);
        for (int length = 0; length < envelope.Length; length++)
            RefusesOrReads(envelope.AsMemory(0, length).ToArray());
        for (int i = 0; i < 20_000; i++)
        {
            RefusesOrReads(Damage(envelope, random));
            RefusesOrReads(Damage(payload, random));
        }
    }

    [Theory]
    [InlineData(new byte[] { }, "ends in the middle")]
    [InlineData(new byte[] { 9 }, "version 9")]
    [InlineData(new byte[] { 1, 2, 110, 49, 99 }, "no message of kind 99")]
    [InlineData(new byte[] { 1, 5, 110 }, "past the end")]
    [InlineData(new byte[] { 1, 2, 110, 49, 12, 5, 255, 255, 255, 255, 15 }, "impossible number of slots")]
    [InlineData(new byte[] { 1, 2, 110, 49, 11, 0 }, "no slot 0")]
    public void Error_says_what_is_wrong(byte[] envelope, string why) =>
        Should.Throw<InvalidDataException>(() => MessageCodec.Decode(envelope, [])).Message.ShouldContain(why);

    [Fact]
    public void Batch_yields_its_commands()
    {
        var commands = new List<string>();
        foreach (ReadOnlyMemory<byte> command in Filled)
            commands.Add(System.Text.Encoding.ASCII.GetString(command.Span));
        commands.ShouldBe(["abc", "", "defg"]);
        Batch.IsWellFormed(Filled.Commands.Span, 3).ShouldBeTrue();
        Batch.IsWellFormed(Filled.Commands.Span, 2).ShouldBeFalse();
        Batch.IsWellFormed(Filled.Commands.Span, 4).ShouldBeFalse();
        Batch.IsWellFormed(Filled.Commands.Span[..^1], 3).ShouldBeFalse();
    }

    internal static Batch BatchOf(params string[] commands)
    {
        var writer = new ArrayBufferWriter<byte>();
        foreach (string command in commands)
            Batch.Append(writer, System.Text.Encoding.ASCII.GetBytes(command));
        return new Batch(writer.WrittenMemory.ToArray(), commands.Length);
    }

    private static void RefusesOrReads(byte[] bytes)
    {
        try
        {
            MessageCodec.Decode(bytes, []);
        }
        catch (InvalidDataException error)
        {
            error.Message.ShouldContain("malformed");
        }

        try
        {
            JournalCodec.Decode(bytes, []);
        }
        catch (InvalidDataException error)
        {
            error.Message.ShouldContain("malformed");
        }
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        byte[] damaged = (byte[])bytes.Clone();
        for (int i = random.Next(4); i >= 0; i--)
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
        return damaged;
    }

    private static string Text(Message message) => message switch
    {
        Accept accept => $"{accept with { Batch = default }} {Text(accept.Batch)}",
        Promise promise => $"{promise with { Entries = [] }} {string.Join(", ", promise.Entries.Select(Text))}",
        LearnReply reply => $"{reply with { Entries = [] }} {string.Join(", ", reply.Entries.Select(Text))}",
        _ => message.ToString(),
    };

    private static string Text(SlotEntry entry) => $"{entry.Slot} {entry.Ballot} {Text(entry.Batch)}";

    private static string Text(Batch batch) => $"{batch.Count}:{Convert.ToHexString(batch.Commands.Span)}";
}

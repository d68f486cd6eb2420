using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

public sealed class ConfigurationsTests
{
    private const int Alpha = 3;
    private static readonly QuorumSystem First = new(["n1", "n2", "n3"]);
    private static readonly QuorumSystem Second = new(["n1", "n2", "n3", "n4"], phase1: 3, phase2: 2);
    private static readonly QuorumSystem Third = new(["n4", "n5"]);

    [Fact]
    public void Quorums_decide_from_alpha_slots_after_the_one_that_holds_them()
    {
        Configurations after = After(Configurations.Initial(First), 4, Batch.Empty);
        after.ShouldBe(Configurations.Initial(First));
        after = After(after, 5, Change(1, Second));
        (after.Current.Epoch, after.Next!.Epoch, after.Next.FromSlot).ShouldBe((0, 1, 8));
        after = After(after, 6, Batch.Empty);
        after.Current.Epoch.ShouldBe(0, "slot 7 is still decided by the first");
        after = After(after, 7, Batch.Empty);
        (after.Current.Epoch, after.Current.FromSlot, after.Next).ShouldBe((1, 8, null));
        after.Current.Quorums.IsSameAs(Second).ShouldBeTrue();
    }

    [Fact]
    public void A_change_beside_another_changes_nothing()
    {
        Configurations after = After(Configurations.Initial(First), 5, Change(1, Second));
        After(after, 6, Change(1, Third)).ShouldBe(after);
        After(after, 6, Change(2, Third)).ShouldBe(after, "the first is not in force yet");
        after = After(After(after, 6, Batch.Empty), 7, Batch.Empty);
        After(after, 8, Change(1, Third)).ShouldBe(after, "it was made for other quorums");
        After(after, 8, Change(2, Third)).Next!.Quorums.IsSameAs(Third).ShouldBeTrue();
    }

    [Fact]
    public void With_an_alpha_of_one_they_decide_the_very_next_slot()
    {
        Configurations after = Configurations.Initial(First).After(5, Change(1, Second), alpha: 1, Rules.Paxos);
        (after.Current.Epoch, after.Current.FromSlot, after.Next).ShouldBe((1, 6, null));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_snapshot_holds_the_one_in_force_and_the_next(bool isUnderWay)
    {
        Configurations held = After(Configurations.Initial(First), 5, isUnderWay ? Change(1, Second) : Batch.Empty);
        var read = Configurations.Decode(held.Encode());
        InWords(read).ShouldBe(InWords(held));
        (read.Next is not null).ShouldBe(isUnderWay);
    }

    [Fact]
    public void Damaged_bytes_are_no_configurations()
    {
        byte[] encoded = After(Configurations.Initial(First), 5, Change(1, Second)).Encode();
        for (int length = 0; length < encoded.Length; length++)
            Should.Throw<InvalidDataException>(() => Configurations.Decode(encoded.AsMemory(0, length)));
        Should.Throw<InvalidDataException>(() => Configurations.Decode((byte[])[.. encoded, 0]));
        encoded[0] = 2;
        Should.Throw<InvalidDataException>(() => Configurations.Decode(encoded)).Message.ShouldContain("version 2");
    }

    [Fact]
    public void A_restart_knows_them_from_the_log()
    {
        var state = new DurableState();
        var ballot = new Ballot(1, "n1");
        state.Replay(new JournalRecord.Vote(1, ballot, Change(1, Second)));
        state.Replay(new JournalRecord.Vote(2, ballot, Batch.Empty));
        var options = new ReplicaOptions { Alpha = 2, OpenSlots = 1 };
        state.ConfigurationsFrom(First, options).Newest.Epoch.ShouldBe(0, "they are accepted only");
        state.Replay(new JournalRecord.ChosenHint(1));
        state.ConfigurationsFrom(First, options).Next!.FromSlot.ShouldBe(3);
        state.Replay(new JournalRecord.ChosenHint(2));
        state.ConfigurationsFrom(First, options).Current.Epoch.ShouldBe(1);
    }

    [Fact]
    public void A_restart_from_a_snapshot_goes_on_with_what_it_says()
    {
        Configurations held = After(Configurations.Initial(First), 5, Change(1, Second));
        var state = new DurableState();
        state.StartAfter(5, held);
        var options = new ReplicaOptions { Alpha = Alpha };
        state.ConfigurationsFrom(Third, options).ShouldBe(held);
        foreach (long slot in (long[])[6, 7])
            state.Replay(new JournalRecord.Vote(slot, new Ballot(1, "n1"), Batch.Empty));
        state.Replay(new JournalRecord.ChosenHint(7));
        state.ConfigurationsFrom(Third, options).Current.Epoch.ShouldBe(1);
    }

    [Fact]
    public void Only_what_holds_new_quorums_is_written_in_the_newer_version()
    {
        var ballot = new Ballot(1, "n1");
        Batch change = Change(1, Second);
        JournalCodec.Encode([new JournalRecord.Vote(1, ballot, Batch.Empty)])[0].ShouldBe((byte)1);
        byte[] payload = JournalCodec.Encode([new JournalRecord.Promise(ballot), new JournalRecord.Vote(1, ballot, change)]);
        payload[0].ShouldBe((byte)2);
        var records = new List<JournalRecord>();
        JournalCodec.Decode(payload, records);
        ((JournalRecord.Vote)records[1]).Batch.SameAs(change).ShouldBeTrue();

        var entry = new SlotEntry(1, ballot, change);
        Message[] messages =
        [
            new Accept(ballot, 1, change, 0) { From = "n1" },
            new Promise(ballot, 1, long.MaxValue, 0, [entry]) { From = "n1" },
            new LearnReply(1, [entry]) { From = "n1" },
        ];
        foreach (Message message in messages)
            MessageCodec.Encode([message])[0].ShouldBe((byte)2);
        MessageCodec.Encode([new Heartbeat(ballot, 1, 1) { From = "n1" }])[0].ShouldBe((byte)1);
        var decoded = new List<Message>();
        MessageCodec.Decode(MessageCodec.Encode(messages), decoded);
        Reconfiguration.Read(((Accept)decoded[0]).Batch).Quorums.IsSameAs(Second).ShouldBeTrue();
    }

    [Fact]
    public void A_change_of_the_quorums_holds_no_commands()
    {
        foreach (ReadOnlyMemory<byte> command in Change(1, Second))
            Assert.Fail($"{command.Length} bytes are no command");
    }

    private static Configurations After(Configurations before, long slot, Batch batch) =>
        before.After(slot, batch, Alpha, Rules.Paxos);

    private static Batch Change(long epoch, QuorumSystem quorums) => new Reconfiguration(epoch, quorums).ToBatch();

    private static string InWords(Configurations configurations) =>
        $"{configurations.Current.Epoch} {configurations.Current.FromSlot} {configurations.Current.Quorums}; "
        + $"{configurations.Next?.Epoch} {configurations.Next?.FromSlot} {configurations.Next?.Quorums}";
}

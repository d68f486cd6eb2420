using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>A request submitted twice is applied once and answered twice the same.</summary>
public sealed class RequestTests
{
    [Fact]
    public void A_repetition_gets_the_same_answer_and_changes_nothing()
    {
        var tree = new VersionedTree(new TreeOptions());
        var set = Command.Set("/a", "1"u8.ToArray(), 0, Id(1));
        tree.Apply(set).ShouldBe(new ApplyResult(Outcome.Done, 1));
        tree.Apply(Command.Set("/a", "2"u8.ToArray(), -1, Id(2))).ShouldBe(new ApplyResult(Outcome.Done, 2));

        tree.Apply(set).ShouldBe(new ApplyResult(Outcome.Done, 1));
        tree.Publish();
        tree.Revision.ShouldBe(2);
        tree.Latest.Lookup("/a").Body.ShouldBe("2"u8.ToArray());
    }

    [Fact]
    public void Failures_are_remembered_too()
    {
        var tree = new VersionedTree(new TreeOptions());
        tree.Apply(Command.Del("/a", -1, Id(1))).Outcome.ShouldBe(Outcome.NotFound);
        tree.Apply(Command.Set("/a", default, 0)).ShouldBe(new ApplyResult(Outcome.Done, 1));
        tree.Apply(Command.Set("/a", default, 0, Id(2))).ShouldBe(new ApplyResult(Outcome.RevisionMismatch, 1));
        tree.Apply(Command.Del("/a", -1)).ShouldBe(new ApplyResult(Outcome.Done, 2));

        tree.Apply(Command.Del("/a", -1, Id(1))).Outcome.ShouldBe(Outcome.NotFound);
        tree.Apply(Command.Set("/a", default, 0, Id(2))).ShouldBe(new ApplyResult(Outcome.RevisionMismatch, 1));
        tree.Apply(Command.Nop(Id(3))).ShouldBe(new ApplyResult(Outcome.Done, 3));
        tree.Apply(Command.Nop(Id(3))).ShouldBe(new ApplyResult(Outcome.Done, 3));
    }

    [Fact]
    public void No_id_is_not_remembered()
    {
        var tree = new VersionedTree(new TreeOptions());
        tree.Apply(Command.Nop()).Revision.ShouldBe(1);
        tree.Apply(Command.Nop()).Revision.ShouldBe(2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public void Exactly_the_newest_are_remembered(int limit)
    {
        var table = new RequestTable(limit);
        for (int i = 0; i < 3 * limit; i++)
        {
            table.TryGet(Id(i), out _).ShouldBeFalse();
            table.Forgotten.ShouldBe(i <= limit ? -1 : 2L * (i - limit - 1));
            table.Add(new RequestEntry(Id(i), new ApplyResult((Outcome)(i % 5), i), 2 * i, i));
            if (i % 17 == 0 || i == (3 * limit) - 1)
            {
                for (int j = Math.Max(0, i - limit - 3); j <= i; j++)
                {
                    bool known = table.TryGet(Id(j), out RequestEntry entry);
                    if (known != j > i - limit || (known && entry.Result != new ApplyResult((Outcome)(j % 5), j)))
                        Assert.Fail($"{j} after {i}: {known} {entry.Result}");
                }
            }
        }
    }

    [Fact]
    public void A_repetition_does_not_make_an_id_younger()
    {
        var tree = new VersionedTree(new TreeOptions { RequestLimit = 2 });
        tree.Apply(Command.Nop(Id(1))).Revision.ShouldBe(1);
        tree.Apply(Command.Nop(Id(2))).Revision.ShouldBe(2);
        tree.Apply(Command.Nop(Id(1))).Revision.ShouldBe(1);
        tree.Apply(Command.Nop(Id(3))).Revision.ShouldBe(3);
        tree.Apply(Command.Nop(Id(2))).Revision.ShouldBe(2);
        tree.Apply(Command.Nop(Id(1))).Revision.ShouldBe(4);
    }

    [Fact]
    public void An_id_that_comes_again_with_another_command_is_refused_and_changes_nothing()
    {
        var tree = new VersionedTree(new TreeOptions());
        var set = Command.Set("/a", "12345678 and 9"u8.ToArray(), -1, Id(1));
        tree.Apply(set).Revision.ShouldBe(1);
        Command[] others =
        [
            Command.Set("/a", "12345678 and 8"u8.ToArray(), -1, Id(1)),
            Command.Set("/a", "02345678 and 9"u8.ToArray(), -1, Id(1)),
            Command.Set("/b", "12345678 and 9"u8.ToArray(), -1, Id(1)),
            Command.Set("/a", "12345678 and 9"u8.ToArray(), 1, Id(1)),
            Command.Del("/a", -1, Id(1)),
            Command.Nop(Id(1)),
        ];
        foreach (Command other in others)
            tree.Apply(other).ShouldBe(new ApplyResult(Outcome.RequestIdReused, 0));
        tree.Apply(set with { Floor = 0, TreeLimit = 1 }).ShouldBe(
            new ApplyResult(Outcome.Done, 1), "it is the same request, on other terms");
        tree.Apply(Command.Nop()).Revision.ShouldBe(2);
    }

    [Fact]
    public void A_request_that_may_be_forgotten_is_refused_and_one_that_cannot_be_is_done()
    {
        var tree = new VersionedTree(new TreeOptions { RequestLimit = 2 });
        Command first = Command.Nop(Id(1)) with { Floor = 0 };
        tree.Apply(first).Revision.ShouldBe(1);
        Command refused = Command.Del("/missing", -1, Id(2)) with { Floor = 1 };
        tree.Apply(refused).Outcome.ShouldBe(Outcome.NotFound);
        tree.Apply(Command.Nop(Id(3)) with { Floor = 0 }).Revision.ShouldBe(2, "nothing is forgotten yet");
        tree.Apply(first).ShouldBe(new ApplyResult(Outcome.RequestTooOld, 2));
        tree.Apply(Command.Nop(Id(4)) with { Floor = 1 }).Revision.ShouldBe(3, "what was forgotten was applied to revision 0");
        tree.Apply(refused).ShouldBe(new ApplyResult(Outcome.RequestTooOld, 3), "that it failed is forgotten as well");
        tree.Apply(Command.Nop(Id(3))).Revision.ShouldBe(2, "what is remembered is answered");
        tree.Apply(Command.Nop(Id(1))).Revision.ShouldBe(4, "without a floor it is a new one");
    }

    [Fact]
    public void Entries_are_small_and_keep_all_that_they_are_given()
    {
        const long MaxRevision = TreeEvent.MaxRevision;
        var result = new ApplyResult(Outcome.SessionFull, MaxRevision, 127);
        var entry = new RequestEntry(Id(1), result, MaxRevision, RequestEntry.MaxDigest);
        entry.Result.ShouldBe(result);
        (entry.AppliedTo, entry.Digest).ShouldBe((MaxRevision, RequestEntry.MaxDigest));
        entry = new RequestEntry(Id(2), default, 0, 0x123456);
        (entry.Result, entry.AppliedTo, entry.Digest).ShouldBe((default(ApplyResult), 0L, 0x123456));
        System.Runtime.CompilerServices.Unsafe.SizeOf<RequestEntry>().ShouldBe(32);
    }

    [Fact]
    public void The_digest_of_a_command_is_part_of_the_format() =>
        Command.Set("/a", "12345678 and 9"u8.ToArray(), 3, Id(1)).Digest().ShouldBe(509910);

    private static Guid Id(int number) => new(number + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

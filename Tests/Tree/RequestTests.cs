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
            table.Add(Id(i), new ApplyResult((Outcome)(i % 5), i));
            if (i % 17 == 0 || i == (3 * limit) - 1)
            {
                for (int j = Math.Max(0, i - limit - 3); j <= i; j++)
                {
                    bool known = table.TryGet(Id(j), out ApplyResult result);
                    if (known != j > i - limit || (known && result != new ApplyResult((Outcome)(j % 5), j)))
                        Assert.Fail($"{j} after {i}: {known} {result}");
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

    private static Guid Id(int number) => new(number + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

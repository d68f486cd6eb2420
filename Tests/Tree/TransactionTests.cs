using Doozer.Tree;
using static Doozer.Tests.Tree.TreeCodec;

namespace Doozer.Tests.Tree;

public sealed class TransactionTests
{
    private readonly VersionedTree _tree = new(new TreeOptions { RootInterval = 4, HistoryLimit = 6 });

    [Fact]
    public void All_changes_take_consecutive_revisions_and_each_sees_those_before_it()
    {
        Set("/a").ShouldBe(1);
        Transact(Command.Del("/a", 1), Command.Set("/a/b", default, 0), Command.Check("/a/b", 3), Command.Set("/c", default, 0))
            .ShouldBe(new ApplyResult(Outcome.Done, 4));
        _tree.Publish();
        Events(_tree).ShouldBe(
        [
            "1 Set /a (0 bytes) 0 1 ",
            "2 Del /a (0 bytes) 0 4 ",
            "3 Set /a/b (0 bytes) 0 4 ",
            "4 Set /c (0 bytes) 0 4 ",
        ]);
    }

    [Fact]
    public void One_that_fails_changes_nothing_and_says_which_and_why()
    {
        Set("/a").ShouldBe(1);
        string before = Describe(Published());
        ulong digest = _tree.Digest;
        Transact(Command.Set("/b/c", default, 0), Command.Del("/a", -1), Command.Check("/a", 1))
            .ShouldBe(new ApplyResult(Outcome.RevisionMismatch, 0, 2));
        Transact(Command.Set("/b", default, 0), Command.Set("/b/c", default, 0))
            .ShouldBe(new ApplyResult(Outcome.NotDirectory, 0, 1));
        Transact(Command.Del("/x", -1)).ShouldBe(new ApplyResult(Outcome.NotFound, 0));
        Transact(Command.Check("/", 0), Command.Set("/", default, 0)).ShouldBe(new ApplyResult(Outcome.IsDirectory, 0, 1));
        Describe(Published()).ShouldBe(before);
        (_tree.Revision, _tree.Digest).ShouldBe((1, digest));
        Should.Throw<InvalidCommandException>(() => Transact(Command.Set("/b", default, 0), Command.Set("//", default, 0)));
        Describe(Published()).ShouldBe(before);
    }

    [Fact]
    public void A_check_is_for_that_very_revision()
    {
        Set("/a").ShouldBe(1);
        Transact(Command.Check("/a", 1), Command.Check("/b", 0)).ShouldBe(new ApplyResult(Outcome.Done, 1));
        Transact(Command.Check("/a", 2)).Outcome.ShouldBe(Outcome.RevisionMismatch);
        Transact(Command.Check("/b", 1)).Outcome.ShouldBe(Outcome.RevisionMismatch, "a file that is gone has changed");
        _tree.Apply(Command.Del("/a", -1));
        Transact(Command.Check("/a", 1)).ShouldBe(new ApplyResult(Outcome.RevisionMismatch, 0));
    }

    [Fact]
    public void Nobody_sees_a_tree_within_it_and_history_ends_between_transactions()
    {
        Command[] changes = [.. Enumerable.Range(0, 5).Select(i => Command.Set($"/{i}", default, Command.Clobber))];
        Transact(changes).Revision.ShouldBe(5);
        Transact(changes[..3]).Revision.ShouldBe(8);
        _tree.Publish();
        _tree.OldestRevision.ShouldBe(6, "six revisions are kept, and the first transaction is one of them only in part");
        for (long revision = 6; revision <= 8; revision++)
        {
            _tree.TryGet(revision, out TreeVersion? tree).ShouldBeTrue();
            tree!.Revision.ShouldBe(8);
        }

        Transact([.. Enumerable.Range(0, 9).Select(i => Command.Set($"/{i}", default, Command.Clobber))]).Revision.ShouldBe(17);
        _tree.Publish();
        _tree.OldestRevision.ShouldBe(9, "the newest is kept whole, however large");
    }

    [Fact]
    public void The_limit_of_the_files_counts_what_the_changes_before_it_did()
    {
        long limit = 2 * TreeEvent.SizeOf("/a", 0);
        Transact(limit, Command.Set("/a", default, 0), Command.Set("/b", default, 0)).Outcome.ShouldBe(Outcome.Done);
        Transact(limit, Command.Set("/c", default, 0)).Outcome.ShouldBe(Outcome.StoreFull);
        Transact(limit, Command.Del("/a", -1), Command.Set("/c", default, 0)).Outcome.ShouldBe(Outcome.Done);
        Transact(limit, Command.Del("/b", -1), Command.Set("/d", default, 0), Command.Set("/e", default, 0))
            .ShouldBe(new ApplyResult(Outcome.StoreFull, 0, 2));
        _tree.Bytes.ShouldBe(limit);
    }

    [Fact]
    public void A_repetition_gets_the_same_answer_and_another_transaction_under_its_id_none()
    {
        var id = Guid.NewGuid();
        var transaction = Command.Transaction([Command.Set("/a", default, 0), Command.Check("/b", 7)], id);
        _tree.Apply(transaction).ShouldBe(new ApplyResult(Outcome.RevisionMismatch, 0, 1));
        Set("/b");
        VersionedTree decoded = Decode(Encode(_tree), new TreeOptions());
        foreach (VersionedTree tree in new[] { _tree, decoded })
        {
            tree.Apply(transaction).ShouldBe(new ApplyResult(Outcome.RevisionMismatch, 0, 1));
            tree.Apply(Command.Transaction([.. transaction.Changes.Take(1)], id)).Outcome.ShouldBe(Outcome.RequestIdReused);
        }
    }

    private TreeVersion Published()
    {
        _tree.Publish();
        return _tree.Latest;
    }

    private long Set(string path) => _tree.Apply(Command.Set(path, default, -1)).Revision;

    private ApplyResult Transact(params Command[] changes) => Transact(0, changes);

    private ApplyResult Transact(long limit, params Command[] changes) =>
        _tree.Apply(Command.Transaction(changes) with { TreeLimit = limit });
}

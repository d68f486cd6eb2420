using System.Text;
using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>Doozer's rules of revisions, one by one.</summary>
public sealed class RulesTests
{
    private readonly VersionedTree _tree = new(new TreeOptions());

    [Fact]
    public void Starts_empty_at_revision_zero()
    {
        _tree.Revision.ShouldBe(0);
        _tree.OldestRevision.ShouldBe(0);
        _tree.Latest.Lookup("/").ShouldBe(new TreeLookup(TreeEntryKind.Directory, 0, 0, []));
        _tree.Latest.Lookup("/a").Kind.ShouldBe(TreeEntryKind.Missing);
        _tree.Latest.List("/", "", 10).ShouldSatisfyAllConditions(
            page => page.Kind.ShouldBe(TreeEntryKind.Directory),
            page => page.Entries.ShouldBeEmpty(),
            page => page.More.ShouldBeFalse());
        _tree.TryGet(0, out _).ShouldBeTrue();
        _tree.TryGet(1, out _).ShouldBeFalse();
        _tree.TryGet(-1, out _).ShouldBeFalse();
    }

    [Fact]
    public void Each_success_takes_the_next_revision()
    {
        Done(Set("/a", 0), 1);
        Done(_tree.Apply(Command.Nop()), 2);
        Set("/a", 0).ShouldBe(new ApplyResult(Outcome.RevisionMismatch, 1));
        Done(Set("/b", 0), 3);
        Done(Del("/a", -1), 4);
        Del("/a", -1).Outcome.ShouldBe(Outcome.NotFound);
        Done(Set("/a", 0), 5);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(1000, true)]
    [InlineData(-2, false)]
    public void A_write_names_the_highest_revision_it_may_replace(long revision, bool done)
    {
        Done(_tree.Apply(Command.Nop()), 1);
        Done(Set("/a", 0), 2);
        ApplyResult expected = done ? new(Outcome.Done, 3) : new(Outcome.RevisionMismatch, 2);
        Set("/a", revision).ShouldBe(expected);

        var other = new VersionedTree(new TreeOptions());
        other.Apply(Command.Nop());
        other.Apply(Command.Set("/a", default, 0));
        other.Apply(Command.Del("/a", revision)).ShouldBe(expected);
    }

    [Fact]
    public void Any_revision_from_zero_creates_a_missing_file()
    {
        Done(Set("/a", 0), 1);
        Done(Set("/b", 77), 2);
        Done(Set("/c", -1), 3);
    }

    [Fact]
    public void A_directory_is_not_written()
    {
        Done(Set("/a/b/c", 0), 1);
        foreach (long revision in new[] { -1L, 0, 99 })
        {
            foreach (string path in new[] { "/", "/a", "/a/b" })
            {
                Set(path, revision).ShouldBe(new ApplyResult(Outcome.IsDirectory, 0));
                Del(path, revision).ShouldBe(new ApplyResult(Outcome.IsDirectory, 0));
            }
        }
    }

    [Fact]
    public void Nothing_is_below_a_file()
    {
        Done(Set("/a/f", 0), 1);
        Set("/a/f/x", 0).ShouldBe(new ApplyResult(Outcome.NotDirectory, 0));
        Set("/a/f/x/y/z", -1).ShouldBe(new ApplyResult(Outcome.NotDirectory, 0));
        Del("/a/f/x", -1).ShouldBe(new ApplyResult(Outcome.NotFound, 0));
        Done(Set("/a/f.x", 0), 2);
        Done(Set("/a/fx/y", 0), 3);
    }

    [Fact]
    public void Directories_exist_while_they_have_entries()
    {
        Done(Set("/a/b/c", 0), 1);
        Done(Set("/a/b/d", 0), 2);
        Done(Set("/a/e", 0), 3);
        Published().Lookup("/a").Length.ShouldBe(2);
        Published().Lookup("/a/b").Length.ShouldBe(2);
        Published().Lookup("/").Length.ShouldBe(1);

        Done(Del("/a/b/c", -1), 4);
        Published().Lookup("/a/b").ShouldBe(new TreeLookup(TreeEntryKind.Directory, 0, 1, []));
        Done(Del("/a/b/d", -1), 5);
        Published().Lookup("/a/b").Kind.ShouldBe(TreeEntryKind.Missing);
        Published().Lookup("/a").Length.ShouldBe(1);
        Done(Set("/a/b", 0), 6);
        Done(Del("/a/b", -1), 7);
        Done(Del("/a/e", -1), 8);
        Published().Lookup("/a").Kind.ShouldBe(TreeEntryKind.Missing);
        Published().Lookup("/").Length.ShouldBe(0);
    }

    [Fact]
    public void The_body_is_copied()
    {
        byte[] body = Encoding.ASCII.GetBytes("before");
        _tree.Apply(Command.Set("/a", body, 0));
        Encoding.ASCII.GetBytes("after!").CopyTo(body, 0);
        Encoding.ASCII.GetString(Published().Lookup("/a").Body).ShouldBe("before");
    }

    [Fact]
    public void Readers_see_only_what_is_published()
    {
        Set("/a", 0);
        _tree.Revision.ShouldBe(0);
        _tree.Latest.Lookup("/a").Kind.ShouldBe(TreeEntryKind.Missing);
        _tree.TryGet(1, out _).ShouldBeFalse();
        _tree.ReadEvents(1, GlobTests.Parse("/**"), 10, 1000).Events.ShouldBeEmpty();
        _tree.Publish();
        _tree.Revision.ShouldBe(1);
        _tree.Latest.Lookup("/a").Kind.ShouldBe(TreeEntryKind.File);
    }

    [Fact]
    public void A_command_that_breaks_the_rules_changes_nothing()
    {
        foreach (string path in new[] { "", "a", "/a/", "//a", "/a b", "/../a" })
            Should.Throw<InvalidCommandException>(() => Set(path, -1));
        Should.Throw<InvalidCommandException>(() => _tree.Apply(new Command(default, (CommandKind)7, "/a", default, 0)));
        Done(Set("/a", 0), 1);
    }

    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(1, 0, 1, 1)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(1, 1, 1, 0)]
    [InlineData(-5, 1, 1, 1)]
    [InlineData(1, int.MaxValue, 1, 1)]
    public void Options_are_checked(int history, int requests, int interval, int scan)
    {
        var options = new TreeOptions
        {
            HistoryLimit = history,
            RequestLimit = requests,
            RootInterval = interval,
            ScanLimit = scan,
        };
        Should.Throw<ArgumentException>(() => new VersionedTree(options)).Message.ShouldContain("it must be from 1 to");
    }

    private static void Done(ApplyResult result, long revision) => result.ShouldBe(new ApplyResult(Outcome.Done, revision));

    private ApplyResult Set(string path, long revision) => _tree.Apply(Command.Set(path, default, revision));

    private ApplyResult Del(string path, long revision) => _tree.Apply(Command.Del(path, revision));

    private TreeVersion Published()
    {
        _tree.Publish();
        return _tree.Latest;
    }
}

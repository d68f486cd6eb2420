using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>
/// Listing and walking. '-' and '.' sort before '/', so the order of paths is not the order of names, level by level.
/// </summary>
public sealed class SnapshotTests
{
    private static readonly string[] Paths =
    [
        "/a", "/b-c", "/b.d/x", "/b/x", "/b/y/z", "/b0", "/b-/k", "/b-c.x/k", "/b_/k", "/c/d/e/f", "/c/d-/e", "/c/d.e",
        "/ctl/node",
    ];

    [Fact]
    public void Walks_in_ordinal_order_of_paths()
    {
        TreeVersion tree = Build(Paths);
        Walk(tree, "/**", 1000).ShouldBe(Paths.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Lists_in_ordinal_order_of_names()
    {
        TreeVersion tree = Build(Paths);
        List(tree, "/", 1000).ShouldBe(["a", "b/", "b-/", "b-c", "b-c.x/", "b.d/", "b0", "b_/", "c/", "ctl/"]);
        List(tree, "/b", 1000).ShouldBe(["x", "y/"]);
        List(tree, "/c", 1000).ShouldBe(["d/", "d-/", "d.e"]);
        List(tree, "/c/d", 1000).ShouldBe(["e/"]);
        List(tree, "/ctl", 1000).ShouldBe(["node"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Pages_join_to_the_whole(int limit)
    {
        TreeVersion tree = Build(Paths);
        Walk(tree, "/**", limit).ShouldBe(Walk(tree, "/**", 1000));
        Walk(tree, "/b**", limit).ShouldBe(Walk(tree, "/b**", 1000));
        Walk(tree, "/*/*", limit).ShouldBe(Walk(tree, "/*/*", 1000));
        foreach (string path in new[] { "/", "/b", "/c" })
            List(tree, path, limit).ShouldBe(List(tree, path, 1000));
    }

    [Theory]
    [InlineData("/b", "")]
    [InlineData("/a", "/a")]
    [InlineData("/*", "/a /b-c /b0")]
    [InlineData("/b*", "/b-c /b0")]
    [InlineData("/b/**", "/b/x /b/y/z")]
    [InlineData("/*/x", "/b.d/x /b/x")]
    [InlineData("/c/?/**", "/c/d/e/f")]
    [InlineData("/c/d*", "/c/d.e")]
    [InlineData("/**/e", "/c/d-/e")]
    [InlineData("/zz**", "")]
    public void Walk_finds_what_matches(string glob, string paths) =>
        Walk(Build(Paths), glob, 1000).ShouldBe(paths.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Entries_tell_kind_revision_and_length()
    {
        var tree = new VersionedTree(new TreeOptions());
        tree.Apply(Command.Set("/d/x", new byte[3], 0));
        tree.Apply(Command.Set("/d/y", new byte[4], 0));
        tree.Apply(Command.Set("/f", new byte[5], 0));
        tree.Publish();
        TreeListing page = tree.Latest.List("/", "", 10);
        page.Kind.ShouldBe(TreeEntryKind.Directory);
        page.Entries.ShouldBe([new TreeEntry("d", TreeEntryKind.Directory, 0, 2), new TreeEntry("f", TreeEntryKind.File, 3, 5)]);
        tree.Latest.List("/f", "", 10).Kind.ShouldBe(TreeEntryKind.File);
        tree.Latest.List("/g", "", 10).Kind.ShouldBe(TreeEntryKind.Missing);
        tree.Latest.Lookup("/f").Length.ShouldBe(5);
        tree.Latest.Lookup("/f/x").Kind.ShouldBe(TreeEntryKind.Missing);
    }

    [Fact]
    public void More_is_true_only_when_there_is_more()
    {
        TreeVersion tree = Build(["/a", "/b", "/c"]);
        tree.List("/", "", 2).More.ShouldBeTrue();
        tree.List("/", "", 3).More.ShouldBeFalse();
        tree.List("/", "b", 1).More.ShouldBeFalse();
        tree.List("/", "zzz", 1).Entries.ShouldBeEmpty();
        tree.Walk(GlobTests.Parse("/**"), "", 2, 1000).More.ShouldBeTrue();
        tree.Walk(GlobTests.Parse("/**"), "", 3, 1000).More.ShouldBeFalse();
        tree.Walk(GlobTests.Parse("/a"), "", 1, 1000).More.ShouldBeFalse();
        tree.Walk(GlobTests.Parse("/a"), "/a", 1, 1000).Files.ShouldBeEmpty();
    }

    [Fact]
    public void A_walk_ends_once_it_has_enough_bytes()
    {
        var tree = new VersionedTree(new TreeOptions());
        for (int i = 0; i < 5; i++)
            tree.Apply(Command.Set($"/{i}", new byte[100], 0));
        tree.Publish();
        TreeWalk two = tree.Latest.Walk(GlobTests.Parse("/*"), "", 100, 150);
        (two.Files.Count, two.More).ShouldBe((2, true));
        TreeWalk one = tree.Latest.Walk(GlobTests.Parse("/*"), "/3", 100, 0);
        (one.Files.Count, one.More).ShouldBe((1, false));
    }

    [Fact]
    public void A_walk_passes_over_what_is_too_deep()
    {
        string[] deep = [.. Enumerable.Range(0, 500).Select(i => $"/m/{i:D3}/f"), "/a", "/m-", "/z"];
        Walk(Build(deep), "/*", 1000).ShouldBe(["/a", "/m-", "/z"]);
    }

    private static TreeVersion Build(IEnumerable<string> paths)
    {
        var tree = new VersionedTree(new TreeOptions());
        foreach (string path in paths)
            tree.Apply(Command.Set(path, default, 0)).Outcome.ShouldBe(Outcome.Done);
        tree.Publish();
        return tree.Latest;
    }

    private static List<string> Walk(TreeVersion tree, string glob, int limit)
    {
        var paths = new List<string>();
        TreeWalk page;
        do
        {
            page = tree.Walk(GlobTests.Parse(glob), paths.Count == 0 ? "" : paths[^1], limit, long.MaxValue);
            page.Files.Count.ShouldBeLessThanOrEqualTo(limit);
            paths.AddRange(page.Files.Select(f => f.Path));
        }
        while (page.More);

        return paths;
    }

    private static List<string> List(TreeVersion tree, string path, int limit)
    {
        var names = new List<string>();
        string after = "";
        TreeListing page;
        do
        {
            page = tree.List(path, after, limit);
            page.Entries.Count.ShouldBeLessThanOrEqualTo(limit);
            names.AddRange(page.Entries.Select(e => e.Kind == TreeEntryKind.Directory ? e.Name + "/" : e.Name));
            after = page.Entries[^1].Name;
        }
        while (page.More);

        return names;
    }
}

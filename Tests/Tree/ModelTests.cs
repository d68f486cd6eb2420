using System.Text.RegularExpressions;
using Doozer.Grains;
using Doozer.Namespaces;
using Doozer.Simulation;
using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>
/// Thousands of random commands, compared with <see cref="NaiveTree"/> at every step and every retained revision.
/// </summary>
public sealed class ModelTests
{
    private static readonly (string Glob, Regex Expected)[] Globs =
    [
        ("/**", Expect("^/.*$")),
        ("/a**", Expect("^/a.*$")),
        ("/*/a*", Expect("^/[^/]*/a[^/]*$")),
        ("/**/b", Expect("^/.*/b$")),
        ("/?/*", Expect("^/[^/]/[^/]*$")),
        ("/a/b", Expect("^/a/b$")),
        ("/*", Expect("^/[^/]*$")),
    ];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 64)]
    [InlineData(4, 65_536)]
    public void Behaves_as_the_model(int seed, int interval)
    {
        const int History = 600;
        var random = new Random(seed);
        var model = new NaiveTree();
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = History, RootInterval = interval });
        var commands = new RandomCommands(random);
        int[] outcomes = new int[(int)Outcome.SessionFull];
        for (int i = 0; i < 3000; i++)
        {
            Command command = commands.Next(model.Revision);
            ApplyResult expected = model.Apply(command);
            commands.Done(command, expected);
            tree.Apply(command).ShouldBe(expected, $"command {i}: {command}");
            outcomes[(int)expected.Outcome]++;
            if (random.Next(4) == 0)
            {
                tree.Publish();
                Compare(random, commands, model, tree.Latest);
            }
        }

        tree.Publish();
        tree.Revision.ShouldBe(model.Revision);
        Outcome[] unmet = [Outcome.StoreFull, Outcome.RequestIdReused, Outcome.RequestTooOld];
        outcomes.Where((_, outcome) => !unmet.Contains((Outcome)outcome)).ShouldAllBe(count => count > 30);
        long oldest = model.BeginAfter(0);
        while (oldest <= model.Revision - History)
            oldest = model.BeginAfter(oldest);
        tree.OldestRevision.ShouldBe(oldest, "whole transactions are retained");
        tree.Latest.MeasureFiles().ShouldBe((tree.FileCount, tree.Bytes));
        for (long revision = tree.OldestRevision; revision <= tree.Revision; revision++)
        {
            tree.TryGet(revision, out TreeVersion? snapshot).ShouldBeTrue();
            snapshot!.Revision.ShouldBe(model.EndOf(revision), "no tree within a transaction is seen");
            Compare(random, commands, model, snapshot);
        }

        CompareEvents(random, model, tree);
        tree.Digest.ShouldBe(StateDigest.Of(tree.Latest), "no command had an id");
    }

    private static Regex Expect(string pattern) => new(pattern, RegexOptions.NonBacktracking);

    private static void Compare(Random random, RandomCommands commands, NaiveTree model, TreeVersion tree)
    {
        (string glob, Regex expected) = Globs[random.Next(Globs.Length)];
        string after = random.Next(2) == 0 ? "" : commands.Path();
        int limit = random.Next(1, 12);
        var all = model.Walk(tree.Revision, expected, after).ToList();
        TreeWalk walk = tree.Walk(GlobTests.Parse(glob), after, limit, long.MaxValue);
        walk.Files.Select(f => $"{f.Path} {f.Revision} {f.Session} {Convert.ToHexString(f.Body)}").ShouldBe(
            all.Take(limit)
                .Select(f => $"{f.Path} {f.File.Revision} {f.File.Session} {Convert.ToHexString(f.File.Body)}"));
        walk.More.ShouldBe(all.Count > limit);

        var pieces = new LongReads(new DoozerOptions(), ImmediateScheduler.Instance) { Piece = random.Next(1, 5) };
        long maxBytes = random.Next(2) == 0 ? 3 : long.MaxValue;
        TreeWalk inPieces = pieces.Walk(tree, GlobTests.Parse(glob), after, limit, maxBytes).GetAwaiter().GetResult();
        TreeWalk atOnce = tree.Walk(GlobTests.Parse(glob), after, limit, maxBytes);
        inPieces.Files.ShouldBe(atOnce.Files);
        inPieces.More.ShouldBe(atOnce.More);

        pieces.Digest(tree).GetAwaiter().GetResult().ShouldBe(StateDigest.Of(tree));
        WalkOn(random, tree, glob, after, limit).ShouldBe(all.Select(f => f.Path));

        string path = random.Next(3) == 0 ? "/" : commands.Path();
        TreeLookup node = model.Lookup(tree.Revision, path);
        tree.Lookup(path).ShouldSatisfyAllConditions(
            found => (found.Kind, found.Revision, found.Length, found.Session).ShouldBe(
                (node.Kind, node.Revision, node.Length, node.Session)),
            found => found.Body.ShouldBe(node.Body));

        after = random.Next(2) == 0 ? "" : RandomCommands.Names[random.Next(RandomCommands.Names.Length)];
        limit = random.Next(1, 5);
        var entries = model.List(tree.Revision, path, after).ToList();
        TreeListing listing = tree.List(path, after, limit);
        listing.Kind.ShouldBe(node.Kind);
        if (node.Kind == TreeEntryKind.Directory)
        {
            listing.Entries.ShouldBe(entries.Take(limit));
            listing.More.ShouldBe(entries.Count > limit);
        }
    }

    // However few files a call looks at, who goes on where it says sees all of them, each once.
    private static List<string> WalkOn(Random random, TreeVersion tree, string glob, string after, int limit)
    {
        var reads = new LongReads(new DoozerOptions(), ImmediateScheduler.Instance)
        {
            Piece = random.Next(1, 4),
            MostLooks = random.Next(1, 8),
        };
        var paths = new List<string>();
        while (true)
        {
            TreeWalk page = reads.Walk(tree, GlobTests.Parse(glob), after, limit, long.MaxValue).GetAwaiter().GetResult();
            page.Files.Count.ShouldBeLessThanOrEqualTo(limit);
            paths.AddRange(page.Files.Select(file => file.Path));
            if (!page.More)
                return paths;
            string next = page.GoOnAfter ?? page.Files[^1].Path;
            string.CompareOrdinal(next, after).ShouldBePositive();
            after = next;
        }
    }

    private static void CompareEvents(Random random, NaiveTree model, VersionedTree tree)
    {
        foreach ((string glob, Regex expected) in Globs)
        {
            long next = tree.OldestRevision + random.Next(20);
            var wanted = model.Events.Where(e => e.Revision >= next && expected.IsMatch(e.Path)).ToList();
            var got = new List<TreeEvent>();
            while (next <= tree.Revision)
            {
                EventPage page = tree.ReadEvents(next, GlobTests.Parse(glob), random.Next(1, 9), random.Next(1, 20));
                page.Next.ShouldBeGreaterThan(next);
                got.AddRange(page.Events);
                next = page.Next;
            }

            got.Select(e => (e.Revision, e.Kind, e.Path, Convert.ToHexString(e.Body), e.Session, e.End))
                .ShouldBe(wanted.Select(e => (e.Revision, e.Kind, e.Path, Convert.ToHexString(e.Body), e.Session, e.End)));
        }
    }
}

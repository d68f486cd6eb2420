using Doozer.Tree;
using static Doozer.Tests.Tree.TreeCodec;

namespace Doozer.Tests.Tree;

/// <summary>A tree that was encoded and decoded again does, from then on, what the original does.</summary>
public sealed class TreeCodecTests
{
    [Theory]
    [InlineData(1, 1, 600, 1 << 30)]
    [InlineData(2, 7, 600, 1 << 30)]
    [InlineData(3, 64, 50, 1 << 30)]
    [InlineData(4, 1024, 1, 1 << 30)]
    [InlineData(5, 1024, 100_000, 1 << 30)]
    [InlineData(6, 1024, 600, 20_000)]
    [InlineData(7, 5, 100_000, 5_000)]
    [InlineData(8, 64, 600, 1)]
    public void A_decoded_tree_is_the_tree_that_was_encoded(int seed, int interval, int history, long bytes)
    {
        var options = new TreeOptions
        {
            HistoryLimit = history,
            HistoryBytes = bytes,
            RootInterval = interval,
            RequestLimit = 100,
        };
        var random = new Random(seed);
        var tree = new VersionedTree(options);
        var decoded = new VersionedTree(options);
        var commands = new RandomCommands(random);
        for (int round = 0; round < 20; round++)
        {
            for (int i = random.Next(200); i > 0; i--)
            {
                commands.ApplyTo(tree, decoded);
            }

            ShouldBeSame(decoded, tree);
            byte[] encoded = Encode(tree);
            Encode(decoded).ShouldBe(encoded, "replicas encode the same state as the same bytes, restarted or not");
            decoded = Decode(encoded, options);
            ShouldBeSame(decoded, tree);
        }

        tree.Revision.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void Requests_known_when_it_was_encoded_are_answered_and_forgotten_in_the_same_order()
    {
        const int Limit = 2000;
        var options = new TreeOptions { RequestLimit = Limit };
        var tree = new VersionedTree(options);
        Guid[] ids = Enumerable.Range(0, 5000).Select(_ => Guid.NewGuid()).ToArray();
        foreach (Guid id in ids)
            tree.Apply(Command.Set("/f", default, Command.Clobber, id));
        VersionedTree decoded = Decode(Encode(tree), options);

        Again(ids[^Limit]).Revision.ShouldBe(ids.Length - Limit + 1);
        decoded.Apply(Command.Nop(ids[^Limit])).Outcome.ShouldBe(Outcome.RequestIdReused);
        Again(ids[^(Limit + 1)], floor: ids.Length - Limit - 1).ShouldBe(new ApplyResult(Outcome.RequestTooOld, ids.Length));
        Again(Guid.NewGuid(), floor: ids.Length - Limit).Revision.ShouldBe(ids.Length + 1);
        Again(ids[^Limit]).Revision.ShouldBe(ids.Length + 2, "it was the oldest, and a new one took its place");
        Again(ids[^1]).Revision.ShouldBe(ids.Length);

        ApplyResult Again(Guid id, long? floor = null) =>
            decoded.Apply(Command.Set("/f", default, Command.Clobber, id) with { Floor = floor });
    }

    [Fact]
    public void A_tree_that_skips_revisions_keeps_its_files_and_requests_and_no_older_revision()
    {
        var options = new TreeOptions { RootInterval = 4 };
        var tree = new VersionedTree(options);
        var known = Guid.NewGuid();
        for (int i = 0; i < 10; i++)
            tree.Apply(Command.Set($"/dir/{i}", "one"u8.ToArray(), 0));
        tree.Apply(Command.Set("/dir/0", "two"u8.ToArray(), 1, known));
        tree.SkipTo(1_000_011);

        foreach (VersionedTree skipped in new[] { tree, Decode(Encode(tree), options) })
        {
            skipped.Revision.ShouldBe(1_000_011);
            skipped.OldestRevision.ShouldBe(1_000_011);
            skipped.TryGet(1_000_010, out _).ShouldBeFalse();
            skipped.ReadEvents(1_000_010, GlobTests.Parse("/**"), 10, 1000).TooLate.ShouldBeTrue();
            Events(skipped).ShouldBe(["1000011 Nop / (0 bytes) 0 1000011 "]);
            skipped.Latest.Lookup("/dir/0").Revision.ShouldBe(11);
            skipped.Latest.List("/dir", "", 100).Entries.Count.ShouldBe(10);

            skipped.Apply(Command.Set("/dir/0", "two"u8.ToArray(), 1, known)).Revision.ShouldBe(11);
            skipped.Apply(Command.Set("/dir/0", default, 10)).Outcome.ShouldBe(Outcome.RevisionMismatch);
            for (int i = 0; i < 9; i++)
                skipped.Apply(Command.Set("/dir/0", default, 1_000_011 + i)).Revision.ShouldBe(1_000_012 + i);
            skipped.Publish();
            skipped.TryGet(1_000_011, out TreeVersion? before).ShouldBeTrue();
            before!.Lookup("/dir/0").Revision.ShouldBe(11);
        }

        Should.Throw<ArgumentOutOfRangeException>(() => tree.SkipTo(tree.Revision));
    }

    [Fact]
    public void A_capture_is_not_changed_by_what_comes_after_it()
    {
        var options = new TreeOptions { HistoryLimit = 100, RequestLimit = 50, RootInterval = 8 };
        var commands = new RandomCommands(new Random(1));
        var tree = new VersionedTree(options);
        for (int i = 0; i < 1000; i++)
            commands.ApplyTo(tree);
        byte[] expected = Encode(tree);
        TreeCapture capture = tree.Capture();
        for (int i = 0; i < 5000; i++)
            commands.ApplyTo(tree);
        Encode(capture).ShouldBe(expected);
    }

    [Fact]
    public async Task A_tree_that_takes_a_newer_one_over_goes_on_as_that_and_wakes_those_who_wait()
    {
        var options = new TreeOptions { HistoryLimit = 100, RootInterval = 16 };
        var commands = new RandomCommands(new Random(1));
        var behind = new VersionedTree(options);
        var ahead = new VersionedTree(options);
        for (int i = 0; i < 500; i++)
        {
            if (i < 100)
                commands.ApplyTo(ahead, behind);
            else
                commands.ApplyTo(ahead);
        }

        ahead.Publish();
        behind.Publish();
        behind.TryGet(behind.Revision - 1, out TreeVersion? old).ShouldBeTrue();
        Task change = behind.NextChange(behind.Revision);
        behind.TakeOver(Decode(Encode(ahead), options));
        await change;
        for (int i = 0; i < 500; i++)
        {
            commands.ApplyTo(ahead, behind);
            if (i % 50 == 0)
                ShouldBeSame(behind, ahead);
        }

        ShouldBeSame(behind, ahead);
        old!.Revision.ShouldBeLessThan(behind.OldestRevision);
    }

    [Fact]
    public async Task Old_revisions_of_a_decoded_tree_are_the_same_for_all_who_read_them_at_once()
    {
        const int Readers = 4;
        var options = new TreeOptions { HistoryLimit = 2000, RootInterval = 8 };
        var commands = new RandomCommands(new Random(1));
        var tree = new VersionedTree(options);
        for (int i = 0; i < 4000; i++)
            commands.ApplyTo(tree);
        tree.Publish();
        VersionedTree decoded = Decode(Encode(tree), options);
        await Task.WhenAll(Enumerable.Range(0, Readers).Select(reader => Task.Run(() =>
        {
            // From the newest back: every read makes trees that others make too.
            for (long revision = tree.Revision - reader; revision >= tree.OldestRevision; revision -= Readers + 9)
            {
                tree.TryGet(revision, out TreeVersion? expected).ShouldBeTrue();
                decoded.TryGet(revision, out TreeVersion? found).ShouldBeTrue();
                Describe(found!).ShouldBe(Describe(expected!), $"revision {revision}");
            }
        })));

        // Nothing that was made for them may be changed by what comes after.
        for (int i = 0; i < 5000; i++)
        {
            commands.ApplyTo(tree, decoded);
            if (i % 500 == 0)
                ShouldBeSame(decoded, tree);
        }
    }

}

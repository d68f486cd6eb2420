using System.Buffers;
using Doozer.Tree;

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
        for (int round = 0; round < 20; round++)
        {
            for (int i = random.Next(200); i > 0; i--)
            {
                Command command = Next(random);
                decoded.Apply(command).ShouldBe(tree.Apply(command));
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
    public void A_tree_of_the_first_version_is_read_and_is_careful_about_what_it_may_have_forgotten()
    {
        // Version, start, revision; the file /a of revision 2; a set of /b and a nop; three requests.
        byte[] done = Id(1);
        byte[] failed = Id(2);
        byte[] last = Id(3);
        byte[] encoded =
        [
            1, 2, 4,
            2, 0, (byte)'/', (byte)'a', 2, 1, 7, 0,
            0, 2, (byte)'/', (byte)'b', 1, 9, 2,
            3, .. done, 0, 3, .. failed, 2, 0, .. last, 0, 4,
        ];
        VersionedTree tree = Decode(encoded, new TreeOptions { RequestLimit = 3 });
        (tree.Revision, tree.OldestRevision).ShouldBe((4, 3));
        tree.Latest.Lookup("/b").Body.ShouldBe([9]);
        tree.Bytes.ShouldBe(2 * TreeEvent.SizeOf("/a", 1));
        VersionedTree shorter = Decode(encoded, new TreeOptions { HistoryLimit = 1 });
        (shorter.Revision, shorter.OldestRevision).ShouldBe((4, 4));

        tree.Apply(Command.Nop(new Guid(failed))).Outcome.ShouldBe(Outcome.NotFound, "no digest was kept");
        tree.Apply(Command.Nop(Guid.NewGuid()) with { Floor = 2 }).Outcome.ShouldBe(Outcome.RequestTooOld);
        tree.Apply(Command.Nop(Guid.NewGuid()) with { Floor = 3 }).Revision.ShouldBe(5);
        Encode(Decode(Encode(tree), new TreeOptions { RequestLimit = 3 })).ShouldBe(Encode(tree));

        static byte[] Id(byte number) => [number, .. new byte[15]];
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
            Events(skipped).ShouldBe(["1000011 Nop / (0 bytes) "]);
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
        var random = new Random(1);
        var tree = new VersionedTree(options);
        for (int i = 0; i < 1000; i++)
            tree.Apply(Next(random));
        byte[] expected = Encode(tree);
        TreeCapture capture = tree.Capture();
        for (int i = 0; i < 5000; i++)
            tree.Apply(Next(random));
        Encode(capture).ShouldBe(expected);
    }

    [Fact]
    public async Task A_tree_that_takes_a_newer_one_over_goes_on_as_that_and_wakes_those_who_wait()
    {
        var options = new TreeOptions { HistoryLimit = 300, RootInterval = 16 };
        var random = new Random(1);
        var behind = new VersionedTree(options);
        var ahead = new VersionedTree(options);
        for (int i = 0; i < 500; i++)
        {
            Command command = Next(random);
            ahead.Apply(command);
            if (i < 100)
                behind.Apply(command);
        }

        ahead.Publish();
        behind.Publish();
        behind.TryGet(behind.Revision - 1, out TreeVersion? old).ShouldBeTrue();
        Task change = behind.NextChange(behind.Revision);
        behind.TakeOver(Decode(Encode(ahead), options));
        await change;
        for (int i = 0; i < 500; i++)
        {
            Command command = Next(random);
            behind.Apply(command).ShouldBe(ahead.Apply(command));
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
        var random = new Random(1);
        var tree = new VersionedTree(options);
        for (int i = 0; i < 4000; i++)
            tree.Apply(Next(random));
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
            Command command = Next(random);
            decoded.Apply(command).ShouldBe(tree.Apply(command));
            if (i % 500 == 0)
                ShouldBeSame(decoded, tree);
        }
    }

    [Fact]
    public void A_shorter_history_than_it_was_encoded_with_keeps_the_newest_of_it()
    {
        var random = new Random(1);
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = 500 });
        for (int i = 0; i < 1000; i++)
            tree.Apply(Next(random));
        byte[] encoded = Encode(tree);
        VersionedTree shorter = Decode(encoded, new TreeOptions { HistoryLimit = 10 });
        shorter.OldestRevision.ShouldBe(tree.Revision - 9);
        VersionedTree longer = Decode(encoded, new TreeOptions { HistoryLimit = 800 });
        longer.OldestRevision.ShouldBe(tree.OldestRevision);
        Describe(longer.Latest).ShouldBe(Describe(tree.Latest));
    }

    [Fact]
    public void No_damage_makes_decoding_fail_with_anything_but_a_clear_error()
    {
        var random = new Random(1);
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = 20 });
        for (int i = 0; i < 60; i++)
            tree.Apply(Next(random));
        byte[] encoded = Encode(tree);
        for (int i = 0; i < encoded.Length; i++)
        {
            byte[] damaged = [.. encoded];
            damaged[i] ^= (byte)(1 << random.Next(8));
            try
            {
                Decode(damaged, new TreeOptions());
            }
            catch (Exception exception)
            {
                (exception is InvalidDataException or EndOfStreamException).ShouldBeTrue($"byte {i}: {exception}");
            }

            Should.Throw<Exception>(() => Decode(encoded[..i], new TreeOptions())).ShouldBeAssignableTo<Exception>();
        }
    }

    private static byte[] Encode(VersionedTree tree) => Encode(tree.Capture());

    private static byte[] Encode(TreeCapture capture)
    {
        var encoder = new TreeEncoder(capture);
        var into = new ArrayBufferWriter<byte>();
        while (encoder.Encode(into, 100))
        {
            // A piece at a time, as for a file.
        }

        return into.WrittenSpan.ToArray();
    }

    private static VersionedTree Decode(byte[] encoded, TreeOptions options) =>
        new TreeDecoder(new MemoryStream(encoded)).Decode(options);

    private static void ShouldBeSame(VersionedTree one, VersionedTree other)
    {
        one.Publish();
        other.Publish();
        one.Revision.ShouldBe(other.Revision);
        one.OldestRevision.ShouldBe(other.OldestRevision);
        one.Digest.ShouldBe(other.Digest);
        long step = 1 + ((one.Revision - one.OldestRevision) / 40);
        for (long revision = one.OldestRevision; revision <= one.Revision; revision += step)
        {
            one.TryGet(revision, out TreeVersion? mine).ShouldBeTrue();
            other.TryGet(revision, out TreeVersion? theirs).ShouldBeTrue();
            Describe(mine!).ShouldBe(Describe(theirs!), $"revision {revision}");
        }

        Events(one).ShouldBe(Events(other));
    }

    private static string Describe(TreeVersion tree)
    {
        IEnumerable<string> files = tree.Walk(GlobTests.Parse("/**"), "", int.MaxValue, long.MaxValue).Files
            .Select(f => $"{f.Path} {f.Revision} {Convert.ToHexString(f.Body)}");
        IEnumerable<string> directories = Directories(tree, "/");
        return string.Join('\n', files.Concat(directories));
    }

    private static IEnumerable<string> Directories(TreeVersion tree, string path)
    {
        foreach (TreeEntry entry in tree.List(path, "", int.MaxValue).Entries)
        {
            if (entry.Kind != TreeEntryKind.Directory)
                continue;
            string child = (path == "/" ? "" : path) + "/" + entry.Name;
            yield return $"{child} {entry.Length}";
            foreach (string below in Directories(tree, child))
                yield return below;
        }
    }

    private static List<string> Events(VersionedTree tree)
    {
        var events = new List<string>();
        for (long next = tree.OldestRevision; next <= tree.Revision;)
        {
            EventPage page = tree.ReadEvents(next, GlobTests.Parse("/**"), 1000, long.MaxValue);
            events.AddRange(page.Events.Select(e => $"{e} {Convert.ToHexString(e.Body)}"));
            next = page.Next;
        }

        return events;
    }

    private static Command Next(Random random)
    {
        string path = "";
        for (int depth = random.Next(3); depth >= 0; depth--)
            path += "/" + "abc-."[random.Next(4)] + "xy-"[random.Next(3)];
        byte[] body = new byte[random.Next(20)];
        random.NextBytes(body);
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        Guid id = random.Next(4) == 0 ? Guid.Empty : new Guid(bytes);
        Command command = random.Next(10) switch
        {
            0 => Command.Nop(id),
            < 4 => Command.Del(path, Command.Clobber, id),
            _ => Command.Set(path, body, random.Next(5) == 0 ? 0 : Command.Clobber, id),
        };
        return random.Next(10) == 0 ? command with { Floor = random.Next(600) } : command;
    }
}

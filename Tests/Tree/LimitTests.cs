using System.Buffers;
using System.Runtime.CompilerServices;
using Doozer.Tree;
using static Doozer.Tests.Tree.TreeCodec;

namespace Doozer.Tests.Tree;

/// <summary>What history and files may take is bounded in bytes, and what goes over that really goes.</summary>
public sealed class LimitTests
{
    private const int BodyBytes = 1000;
    private static readonly long Size = TreeEvent.SizeOf("/f", BodyBytes);

    [Fact]
    public void History_is_limited_in_bytes_and_the_newest_revision_can_always_be_read()
    {
        var tree = new VersionedTree(new TreeOptions { HistoryBytes = 10 * Size });
        Write(tree, 10);
        (tree.OldestRevision, tree.HistoryBytes).ShouldBe((0, 10 * Size));
        Write(tree, 20);
        (tree.OldestRevision, tree.HistoryBytes).ShouldBe((21, 10 * Size));
        tree.TryGet(20, out _).ShouldBeFalse();
        tree.TryGet(21, out TreeVersion? oldest).ShouldBeTrue();
        oldest!.Lookup("/f").Revision.ShouldBe(21);

        tree.Apply(Command.Set("/f", new byte[20 * BodyBytes], Command.Clobber));
        tree.Publish();
        (tree.OldestRevision, tree.Revision).ShouldBe((31, 31));
        tree.Apply(Command.Del("/f", Command.Clobber));
        tree.Publish();
        tree.OldestRevision.ShouldBe(32);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bodies_that_are_over_the_limit_are_let_go(bool loaded)
    {
        var options = new TreeOptions { HistoryBytes = 32 * Size };
        var tree = new VersionedTree(options);
        Write(tree, 64);
        if (loaded)
            tree = Decode(Encode(tree), options);
        WeakReference<byte[]>[] bodies = Bodies(tree, 40, 64);

        // A tree in between was read, and a slow snapshot is half written.
        Read(tree, 50);
        var encoder = new TreeEncoder(tree.Capture());
        var into = new ArrayBufferWriter<byte>();
        while (encoder.Encode(into, BodyBytes) && into.WrittenCount < 20 * BodyBytes)
        {
        }

        Write(tree, 64);
        GC.Collect();
        bodies[..10].Count(body => body.TryGetTarget(out _)).ShouldBe(0);
        encoder.Encode(into, int.MaxValue / 2).ShouldBeFalse();
        GC.Collect();
        bodies.Count(body => body.TryGetTarget(out _)).ShouldBe(0);
        Decode(into.WrittenSpan.ToArray(), options).Revision.ShouldBe(64);
    }

    [Fact]
    public void A_smaller_history_than_it_was_encoded_with_keeps_the_newest_of_it()
    {
        var tree = new VersionedTree(new TreeOptions());
        for (int i = 0; i < 100; i++)
        {
            Write(tree, 1);
            tree.Apply(Command.Set($"/of/{i}", new byte[10], Command.Clobber));
            tree.Apply(Command.Del($"/of/{i - 3}", Command.Clobber));
        }

        byte[] encoded = Encode(tree);
        var options = new TreeOptions { HistoryBytes = 30 * Size };
        VersionedTree smaller = Decode(encoded, options);
        var same = new VersionedTree(options);
        for (int i = 0; i < 100; i++)
        {
            Write(same, 1);
            same.Apply(Command.Set($"/of/{i}", new byte[10], Command.Clobber));
            same.Apply(Command.Del($"/of/{i - 3}", Command.Clobber));
        }

        smaller.Revision.ShouldBe(tree.Revision);
        smaller.OldestRevision.ShouldBeGreaterThan(tree.Revision - 90);
        Encode(smaller).ShouldBe(Encode(same), "as if it had never had more");
    }

    [Fact]
    public void A_set_that_does_not_fit_is_refused_and_what_frees_room_is_not()
    {
        var tree = new VersionedTree(new TreeOptions());
        long limit = 3 * Size;
        for (int i = 1; i <= 3; i++)
            Set(tree, $"/{i}", BodyBytes, limit).ShouldBe(new ApplyResult(Outcome.Done, i));
        tree.Bytes.ShouldBe(limit);

        Set(tree, "/4", 0, limit).ShouldBe(new ApplyResult(Outcome.StoreFull, 0));
        Set(tree, "/1", BodyBytes + 1, limit).Outcome.ShouldBe(Outcome.StoreFull);
        tree.Apply(Command.Set("/1", new byte[BodyBytes + 1], 0) with { TreeLimit = limit })
            .ShouldBe(new ApplyResult(Outcome.RevisionMismatch, 1), "other reasons go first");
        tree.Apply(Command.Nop()).Outcome.ShouldBe(Outcome.Done);
        Set(tree, "/1", BodyBytes, limit).Outcome.ShouldBe(Outcome.Done);
        Set(tree, "/1", BodyBytes - 1, Size).Outcome.ShouldBe(Outcome.Done, "over a smaller limit it may still shrink");
        Set(tree, "/1", BodyBytes, Size).Outcome.ShouldBe(Outcome.StoreFull);
        Set(tree, "/4", BodyBytes, 0).Outcome.ShouldBe(Outcome.Done, "no limit was given");
        tree.Apply(Command.Del("/4", Command.Clobber)).Outcome.ShouldBe(Outcome.Done);
        tree.Apply(Command.Del("/3", Command.Clobber)).Outcome.ShouldBe(Outcome.Done);
        Set(tree, "/5", BodyBytes, limit).Outcome.ShouldBe(Outcome.Done);
        tree.Bytes.ShouldBe((3 * Size) - 1);
        Decode(Encode(tree), new TreeOptions()).Bytes.ShouldBe(tree.Bytes, "a restarted replica decides alike");
    }

    [Fact]
    public void A_refusal_for_want_of_room_is_remembered_as_any_result_is()
    {
        var tree = new VersionedTree(new TreeOptions());
        var large = Command.Set("/f", new byte[BodyBytes], Command.Clobber, Guid.NewGuid());
        tree.Apply(large with { TreeLimit = 100 }).Outcome.ShouldBe(Outcome.StoreFull);
        tree.Apply(large with { TreeLimit = 1 << 20 }).Outcome.ShouldBe(Outcome.StoreFull);
        Decode(Encode(tree), new TreeOptions()).Apply(large).Outcome.ShouldBe(Outcome.StoreFull);
    }

    private static ApplyResult Set(VersionedTree tree, string path, int length, long limit) =>
        tree.Apply(Command.Set(path, new byte[length], Command.Clobber) with { TreeLimit = limit });

    private static void Write(VersionedTree tree, int count)
    {
        for (; count > 0; count--)
            tree.Apply(Command.Set("/f", new byte[BodyBytes], Command.Clobber)).Outcome.ShouldBe(Outcome.Done);
        tree.Publish();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Read(VersionedTree tree, long revision) => tree.TryGet(revision, out _).ShouldBeTrue();

    // Not inlined, or the caller's frame could hold what is to be let go.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<byte[]>[] Bodies(VersionedTree tree, long from, long to) =>
    [
        .. tree.ReadEvents(from, GlobTests.Parse("/**"), (int)(to - from), long.MaxValue)
            .Events.Select(found => new WeakReference<byte[]>(found.Body)),
    ];
}

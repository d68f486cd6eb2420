using Doozer.Tree;
using static Doozer.Tests.Tree.TreeCodec;

namespace Doozer.Tests.Tree;

/// <summary>What decoding makes of other versions, of other limits and of damage.</summary>
public sealed class TreeFormatTests
{
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
    public void A_tree_of_the_second_version_is_read_with_what_fits_of_its_digests()
    {
        var id = new Guid([.. Enumerable.Repeat((byte)7, 16)]);
        byte[] path = [2, (byte)'/', (byte)'b'];
        byte[] digest = [0x96, 0xC0, 0x9F, 0xD7, 0x01];
        long size = TreeEvent.SizeOf("/b", 1);
        byte[] encoded =
        [
            2, 0, 1, (byte)(0x80 | (size & 0x7F)), (byte)(size >> 7),
            0,
            0, .. path, 1, 9,
            1, 0, .. id.ToByteArray(), 0, 1, 0, .. digest,
        ];
        VersionedTree tree = Decode(encoded, new TreeOptions());
        tree.Latest.Lookup("/b").ShouldBe(new TreeLookup(TreeEntryKind.File, 1, 1, tree.Latest.Lookup("/b").Body));
        tree.Apply(Command.Nop(id)).Outcome.ShouldBe(Outcome.RequestIdReused);
        Encode(Decode(Encode(tree), new TreeOptions())).ShouldBe(Encode(tree));
    }

    [Fact]
    public void A_shorter_history_than_it_was_encoded_with_keeps_the_newest_of_it()
    {
        var commands = new RandomCommands(new Random(1));
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = 500 });
        VersionedTree[] small = [.. Enumerable.Range(1, 20).Select(limit => new VersionedTree(new() { HistoryLimit = limit }))];
        for (int i = 0; i < 1000; i++)
            commands.ApplyTo(tree, small);
        byte[] encoded = Encode(tree);
        foreach ((int index, VersionedTree expected) in small.Index())
            Encode(Decode(encoded, new TreeOptions { HistoryLimit = 1 + index })).ShouldBe(Encode(expected), $"{1 + index}");
        VersionedTree longer = Decode(encoded, new TreeOptions { HistoryLimit = 800 });
        longer.OldestRevision.ShouldBe(tree.OldestRevision);
        Describe(longer.Latest).ShouldBe(Describe(tree.Latest));
    }

    [Fact]
    public void No_damage_makes_decoding_fail_with_anything_but_a_clear_error()
    {
        var random = new Random(1);
        var commands = new RandomCommands(random);
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = 20 });
        for (int i = 0; i < 60; i++)
            commands.ApplyTo(tree);
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
}

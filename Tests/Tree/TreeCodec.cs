using System.Buffers;
using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>Encodes and decodes trees, and compares them.</summary>
internal static class TreeCodec
{
    public static byte[] Encode(VersionedTree tree) => Encode(tree.Capture());

    public static byte[] Encode(TreeCapture capture)
    {
        var encoder = new TreeEncoder(capture);
        var into = new ArrayBufferWriter<byte>();
        while (encoder.Encode(into, 100))
        {
            // A piece at a time, as for a file.
        }

        return into.WrittenSpan.ToArray();
    }

    public static VersionedTree Decode(byte[] encoded, TreeOptions options) =>
        new TreeDecoder(new MemoryStream(encoded)).Decode(options);

    public static void ShouldBeSame(VersionedTree one, VersionedTree other)
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

    public static string Describe(TreeVersion tree)
    {
        IEnumerable<string> files = tree.Walk(GlobTests.Parse("/**"), "", int.MaxValue, long.MaxValue).Files
            .Select(f => $"{f.Path} {f.Revision} {f.Session} {Convert.ToHexString(f.Body)}");
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

    public static List<string> Events(VersionedTree tree)
    {
        var events = new List<string>();
        for (long next = tree.OldestRevision; next <= tree.Revision;)
        {
            EventPage page = tree.ReadEvents(next, GlobTests.Parse("/**"), 1000, long.MaxValue);
            events.AddRange(page.Events.Select(e => $"{e} {e.Session} {e.End} {Convert.ToHexString(e.Body)}"));
            next = page.Next;
        }

        return events;
    }
}

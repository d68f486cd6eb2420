using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>Readers on other threads while the writer goes on. The writer keeps pairs of files equal in each batch.</summary>
public sealed class ConcurrentReaderTests
{
    private const int Batches = 2_000;
    private const int Pairs = 50;
    private static readonly Glob All = GlobTests.Parse("/**");

    [Fact]
    public async Task Readers_see_whole_batches_and_every_event()
    {
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = 400, RootInterval = 32, ScanLimit = 50 });
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        Task[] readers =
        [
            Task.Run(() => ReadTrees(tree), cancelled),
            Task.Run(() => ReadOldTrees(tree), cancelled),
            Task.Run(() => Follow(tree), cancelled),
            Task.Run(() => Follow(tree), cancelled),
        ];
        for (int batch = 0; batch < Batches; batch++)
        {
            byte[] body = BitConverter.GetBytes(batch);
            tree.Apply(Command.Set($"/left/{batch % Pairs}", body, -1)).Outcome.ShouldBe(Outcome.Done);
            tree.Apply(Command.Set($"/right/{batch % Pairs}", body, -1)).Outcome.ShouldBe(Outcome.Done);
            tree.Publish();
        }

        await Task.WhenAll(readers);
    }

    private static void ReadTrees(VersionedTree tree)
    {
        long last = 0;
        while (last < 2 * Batches)
        {
            TreeVersion snapshot = tree.Latest;
            snapshot.Revision.ShouldBeGreaterThanOrEqualTo(last);
            last = snapshot.Revision;
            (last % 2).ShouldBe(0);
            Check(snapshot);
        }
    }

    private static void ReadOldTrees(VersionedTree tree)
    {
        for (int i = 0; tree.Revision < 2 * Batches; i++)
        {
            long revision = (tree.OldestRevision + tree.Revision) / 2 / 2 * 2;
            if (tree.TryGet(revision, out TreeVersion? snapshot))
            {
                snapshot.Revision.ShouldBe(revision);
                Check(snapshot);
            }
        }
    }

    private static async Task Follow(VersionedTree tree)
    {
        long next = 1;
        while (next <= 2 * Batches)
        {
            await tree.NextChange(next - 1);
            EventPage page = tree.ReadEvents(next, All, 20, long.MaxValue);
            if (page.TooLate)
            {
                page.OldestRevision.ShouldBeGreaterThan(next);
                next = page.OldestRevision;
                continue;
            }

            foreach (TreeEvent found in page.Events)
                found.Revision.ShouldBe(next++);
            page.Next.ShouldBe(next);
        }
    }

    private static void Check(TreeVersion snapshot)
    {
        IReadOnlyList<TreeEvent> files = snapshot.Walk(All, "", 1000, long.MaxValue).Files;
        files.Count.ShouldBe((int)Math.Min(snapshot.Revision, 2 * Pairs));
        for (int i = 0; i < files.Count / 2; i++)
        {
            files[i].Path.Replace("/left/", "/right/", StringComparison.Ordinal).ShouldBe(files[i + (files.Count / 2)].Path);
            files[i].Body.ShouldBe(files[i + (files.Count / 2)].Body);
        }
    }
}

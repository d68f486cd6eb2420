using System.Text;

namespace Doozer.Tests.Cluster;

/// <summary>What a namespace answers after its only node was killed, perhaps with other options than before.</summary>
public sealed class NamespaceRestartTests : IAsyncLifetime
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("body");
    private DoozerCluster _cluster = null!;

    private INamespaceGrain Main => _cluster.On(0);

    public async ValueTask InitializeAsync() => _cluster = await DoozerCluster.Start(nodes: 1);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Namespaces_have_a_limit_that_spares_those_with_data()
    {
        await (await _cluster.Create("first")).Set("/file", Body, Revisions.Missing);
        await (await _cluster.Create("second")).Set("/file", Body, Revisions.Missing);
        await _cluster.Kill(0);
        _cluster.Adjust = static options => options.MaxNamespaces = 1;
        await _cluster.Restart(0);
        (await _cluster.On(0, "first").Get("/file")).Exists.ShouldBeTrue();
        (await _cluster.On(0, "second").Get("/file")).Exists.ShouldBeTrue();
        (await Should.ThrowAsync<TooManyNamespacesException>(() => _cluster.Create("third"))).Limit.ShouldBe(1);
        await Should.ThrowAsync<NoNamespaceException>(() => _cluster.On(0, "third").Rev());
        await _cluster.On(0, "first").Delete();
        await _cluster.On(0, "second").Delete();
        await _cluster.Create("third");
    }

    [Fact]
    public async Task A_restarted_node_has_every_revision()
    {
        for (int i = 0; i < 20; i++)
            await Main.Set("/file", Encoding.UTF8.GetBytes($"{i}"), Revisions.Clobber);
        await _cluster.Kill(0);
        await _cluster.Restart(0);
        for (int i = 0; i < 20; i++)
            Encoding.UTF8.GetString((await Main.Get("/file", i + 1)).Body).ShouldBe($"{i}");
        (await Main.Nop()).ShouldBe(21);
    }

    [Fact]
    public async Task History_has_a_limit()
    {
        await _cluster.Kill(0);
        _cluster.Adjust = static options => options.HistoryLimit = 10;
        await _cluster.Restart(0);
        for (int i = 0; i < 20; i++)
            await Main.Nop();
        TooLateException late = await Should.ThrowAsync<TooLateException>(() => Main.Get("/file", 1));
        late.Oldest.ShouldBe((await Main.Status()).Local.OldestRevision);
        await Should.ThrowAsync<TooLateException>(() => Main.Wait("/**", 1, 1, TimeSpan.Zero));
    }

    [Fact]
    public async Task Files_have_a_limit_in_bytes_that_is_warned_of_and_still_lets_them_be_deleted()
    {
        await _cluster.Kill(0);
        _cluster.Adjust = static options => options.MaxTreeBytes = 1000;
        await _cluster.Restart(0);
        await Main.Set("/one", new byte[700], Revisions.Missing);
        await _cluster.Lines.Contains("The files of main take 836 of 1000 bytes");
        StoreFullException full = await Should.ThrowAsync<StoreFullException>(
            () => Main.Set("/two", new byte[700], Revisions.Missing));
        (full.Path, full.Used, full.Limit).ShouldBe(("/two", 836, 1000));
        MemoryStatus memory = (await Main.Status()).Local.Memory!;
        (memory.Tree, memory.TreeLimit, memory.History).ShouldBe((836, 1000, 836));
        await Main.Set("/one", new byte[600], Revisions.Clobber);
        await Main.Del("/one", Revisions.Clobber);
        await Main.Set("/two", new byte[700], Revisions.Missing);
    }
}

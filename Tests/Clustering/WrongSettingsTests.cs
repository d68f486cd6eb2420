using Doozer.Clustering;
using Doozer.Grains;
using Doozer.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Doozer.Tests.Clustering;

/// <summary>
/// A node that was given something else than its peers, and that what its message advises helps.
/// </summary>
public sealed class WrongSettingsTests : IAsyncLifetime
{
    private readonly TestPeers _peers = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _peers.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_first_start_with_other_settings_binds_nothing(bool keepsFolder)
    {
        TestPeer[] right = [await _peers.Start(1), await _peers.Start(2)];
        await right[0].Table.InitializeMembershipTable(true);
        await StartInVain(
            options => options.Settings = "quorums of 3 to lead and 1 to choose",
            "n3 was given quorums of 3 to lead and 1 to choose, but n1 the defaults; give all nodes the same");
        await TakesPart(right, keepsFolder);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_first_start_with_other_peers_binds_nothing(bool keepsFolder)
    {
        TestPeer[] right = [await _peers.Start(1), await _peers.Start(2)];
        await right[0].Table.InitializeMembershipTable(true);
        await StartInVain(
            options => options.Peers.Add("n4", new Uri("http://127.0.0.1:4")),
            "n3 counts the peers n1, n2, n3, n4, but n1 counts n1, n2, n3; give all nodes the same peers");
        await TakesPart(right, keepsFolder);
    }

    [Fact]
    public async Task Data_that_has_voted_among_other_peers_is_refused_until_they_are_given_again()
    {
        TestPeer[] nodes = await _peers.StartAll();
        await nodes[0].Table.UpdateIAmAlive(new MembershipEntry());
        await _peers.Stop(nodes[0]);
        (await Should.ThrowAsync<StorageException>(
            () => _peers.Start(1, options => options.Peers.Add("n4", new Uri("http://127.0.0.1:4")))))
            .Message.ShouldContain(
                "belongs to the peers n1, n2, n3, but those given are n1, n2, n3, n4; give the same peers again");

        TestPeer again = await _peers.Start(1);
        await again.Table.ReadAll();
        await again.Table.UpdateIAmAlive(new MembershipEntry());
    }

    [Fact]
    public async Task After_a_lost_file_all_peers_start_without_their_clustering_folders()
    {
        TestPeer[] nodes = await _peers.StartAll();
        foreach (TestPeer node in nodes)
            await node.Table.UpdateIAmAlive(new MembershipEntry());
        await _peers.Stop(nodes[0]);
        File.Delete(Path.Combine(_peers.DataOf(1), AcceptorFile.Name));
        (await Should.ThrowAsync<StorageException>(() => _peers.Start(1)))
            .Message.ShouldContain("stop all peers, delete the clustering folder of each and start them again");

        await _peers.StopAllAndDeleteData();
        foreach (TestPeer node in await _peers.StartAll())
        {
            await node.Table.InitializeMembershipTable(true);
            await node.Table.UpdateIAmAlive(new MembershipEntry());
        }
    }

    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(2, 2, "")]
    [InlineData(3, 1, "quorums of 3 to lead and 1 to choose")]
    public void A_nodes_quorums_are_among_the_settings_that_peers_compare(int elect, int write, string settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo
            .UseQuorumClustering(options =>
            {
                options.Node = "n1";
                for (int i = 1; i <= 3; i++)
                    options.Peers.Add($"n{i}", new Uri($"http://127.0.0.1:{i}"));
                options.DataDirectory = "unused";
            })
            .AddDoozer(options =>
            {
                options.Node = "n1";
                foreach (string peer in new[] { "n1", "n2", "n3" })
                    options.Peers.Add(peer);
                options.DataDirectory = "unused";
                (options.ElectionQuorum, options.WriteQuorum) = (elect, write);
            }));
        using IHost host = builder.Build();
        host.Services.GetRequiredService<IOptions<QuorumClusteringOptions>>().Value.Settings.ShouldBe(settings);
    }

    private async Task StartInVain(Action<QuorumClusteringOptions> adjust, string reason)
    {
        TestPeer wrong = await _peers.Start(3, adjust);
        using var enough = new CancellationTokenSource();
        Task waits = wrong.Table.InitializeMembershipTableAsync(true, enough.Token);
        await _peers.Lines.Contains($"n3 was refused by n1 at http://127.0.0.1:1/: {reason}");
        wrong.Failure.Reason.ShouldBeNull();
        await enough.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waits);
        await _peers.Stop(wrong);
    }

    private async Task TakesPart(TestPeer[] others, bool keepsFolder)
    {
        if (!keepsFolder)
            Directory.Delete(_peers.DataOf(3), recursive: true);
        TestPeer third = await _peers.Start(3);
        await _peers.Stop(others[1]);
        await third.Table.InitializeMembershipTable(true);
        await others[0].Table.UpdateIAmAlive(new MembershipEntry());
        third.Failure.Reason.ShouldBeNull();
    }
}

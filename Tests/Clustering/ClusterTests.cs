using Doozer.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Doozer.Tests.Clustering;

/// <summary>Silos that find each other by nothing but their peers.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task Three_silos_form_one_cluster_and_a_client_finds_it_from_one_address()
    {
        await using var cluster = new QuorumCluster();
        await cluster.StartAll();
        await Task.WhenAll(cluster.SeesActive(0, 3), cluster.SeesActive(1, 3), cluster.SeesActive(2, 3));

        using IHost client = await QuorumCluster.Connect(cluster.AddressOf(1));
        IGrainFactory grains = client.Services.GetRequiredService<IGrainFactory>();
        (await grains.GetGrain<ISeatGrain>("front").Take("Ada")).ShouldBe("Ada");
        for (int node = 0; node < 3; node++)
            (await cluster.Grains(node).GetGrain<ISeatGrain>("front").Take("Bob")).ShouldBe("Ada");

        // Silos ask each other to read the table, and answer with its errors.
        (await Should.ThrowAsync<ClusteringException>(() => grains.GetGrain<ISeatGrain>("front").Fail()))
            .Message.ShouldBe("There is no quorum.");
        await client.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task One_silo_waits_and_says_for_whom_until_a_second_comes()
    {
        await using var cluster = new QuorumCluster();
        Task last = cluster.Start(2);
        await cluster.Lines.Contains("n3 waits for a quorum of its clustering peers: it needs 2 of n1, n2, n3; n1 at");
        last.IsCompleted.ShouldBeFalse();

        await Task.WhenAll(last, cluster.Start(0));
        await cluster.SeesActive(2, 2);
        (await cluster.Grains(0).GetGrain<ISeatGrain>("front").Take("Ada")).ShouldBe("Ada");
    }

    [Fact]
    public async Task A_killed_silo_is_declared_dead_and_comes_back()
    {
        await using var cluster = new QuorumCluster();
        await cluster.StartAll();
        await Task.WhenAll(cluster.SeesActive(0, 3), cluster.SeesActive(1, 3), cluster.SeesActive(2, 3));

        await cluster.Kill(0);
        await Task.WhenAll(cluster.SeesActive(1, 2), cluster.SeesActive(2, 2));
        MembershipTableData table = await cluster.Table(1).ReadAll();
        table.Members.Where(row => row.Item1.SiloName == "n1").Select(row => row.Item1.Status).ShouldBe([SiloStatus.Dead]);

        await cluster.Start(0);
        await Task.WhenAll(cluster.SeesActive(0, 3), cluster.SeesActive(1, 3), cluster.SeesActive(2, 3));
    }

    [Fact]
    public async Task A_table_that_cannot_be_read_stops_the_silo_at_once()
    {
        await using var cluster = new QuorumCluster(1);
        await cluster.Start(0);
        await cluster.Node(0).Register.Change(_ => new RegisterChange<bool>(true, [1]), TestContext.Current.CancellationToken);
        await cluster.Kill(0);

        // What it throws is Orleans' choice; some versions only say that the start was cancelled.
        await Should.ThrowAsync<Exception>(cluster.Start(0));

        await cluster.Lines.Contains("its format is 1, not 2 or 3; run the same version on all peers; or stop all peers");
    }
}

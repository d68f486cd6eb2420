using System.Net;
using Doozer.Client;
using Doozer.Client.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Doozer.Tests.EndToEnd;

/// <summary>What happens to the nodes of a cluster in its life, with the membership that they keep themselves.</summary>
public sealed class LifeOfClusterTests(ThreeProcessesFixture nodes) : IClassFixture<ThreeProcessesFixture>
{
    [Fact]
    public async Task One_alone_waits_and_says_for_whom_two_suffice_and_the_third_may_come_later()
    {
        await using var cluster = new ProcessCluster(3);
        cluster.Start(2);
        await cluster.WaitUntilSaid(2, "n3 waits for a quorum");
        cluster.Process(2).Output.ShouldContain("n1 at http://127.0.0.1:");
        cluster.Process(2).Output.ShouldContain("n2 at http://127.0.0.1:");
        (await cluster.Ask(2, "/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await cluster.Ask(2, "/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        using (HttpResponseMessage early = await cluster.Put(2, "/a", "x", 0, TestContext.Current.CancellationToken))
            early.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        cluster.Start(0);
        await cluster.WaitUntilReady(0);
        await cluster.WaitUntilReady(2);
        (await cluster.Command(2, "x", "add", "/a")).ExitCode.ShouldBe(0);

        cluster.Start(1);
        await cluster.WaitUntilReady(1);
        (await cluster.Get(1, "/a")).ShouldBe("x");
        await cluster.WaitForMembers(1, 3);
    }

    [Fact]
    public async Task All_are_killed_and_two_come_back_which_suffices()
    {
        ProcessCluster cluster = await nodes.AllUp();
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
        cluster.Move(2);
        for (int node = 0; node < cluster.Count; node++)
            await cluster.Kill(node);

        cluster.Start(1);
        cluster.Start(2);
        await cluster.WaitUntilReady(1);
        await cluster.WaitUntilReady(2);
        (await cluster.Get(2, "/a")).ShouldBe("x");
        await cluster.WaitForMembers(1, 2);

        cluster.Start(0);
        await cluster.WaitUntilReady(0);
        await cluster.WaitForMembers(1, 3);
    }

    [Fact]
    public async Task A_rolling_restart_of_all_fails_no_write_of_a_client()
    {
        ProcessCluster cluster = await nodes.AllUp();
        using IHost host = await Connect(cluster.Http(2));
        IDoozerClient client = host.Services.GetRequiredService<IDoozerClient>();
        using var stop = new CancellationTokenSource();
        Task<long>[] writers = [.. Enumerable.Range(0, 4).Select(writer => WriteUntil(client, $"/w{writer}", stop.Token))];
        for (int node = 0; node < cluster.Count; node++)
        {
            await cluster.Stop(node);
            cluster.Start(node);
            await cluster.WaitUntilReady(node);
        }

        await stop.CancelAsync();
        long[] written = await Task.WhenAll(writers);
        written.ShouldAllBe(count => count > 10);
        for (int writer = 0; writer < writers.Length; writer++)
            (await cluster.Get(0, $"/w{writer}")).ShouldBe($"{written[writer]}");
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_node_returns_with_new_addresses_while_the_others_know_the_old_ones()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
        await cluster.Kill(1);
        cluster.Move(1);
        cluster.Start(1);
        await cluster.WaitUntilReady(1);
        (await cluster.Get(1, "/a")).ShouldBe("x");
        await cluster.WaitForMembers(
            0, members => members.Any(member => member.Status == "Active" && member.Address == cluster.Silo(1)));
    }

    [Fact]
    public async Task A_client_goes_on_by_another_gateway_when_any_of_those_that_it_was_given_falls_silent()
    {
        ProcessCluster cluster = await nodes.AllUp();
        IPEndPoint[] gateways = [.. Enumerable.Range(0, cluster.Count).Select(node => IPEndPoint.Parse(cluster.Gateway(node)))];
        using IHost host = await Connect(client => client.UseStaticClustering(gateways));
        IDoozerClient client = host.Services.GetRequiredService<IDoozerClient>();
        for (int node = 0; node < cluster.Count; node++)
        {
            await client.SetAsync("/heard", new byte[] { 1 }, Revisions.Clobber, cancellationToken: CancellationToken.None);
            cluster.Process(node).Pause();
            await client.SetAsync("/silent", new byte[] { 1 }, Revisions.Clobber, cancellationToken: CancellationToken.None);
            cluster.Process(node).Continue();
            await cluster.WaitUntilReady(node);
        }

        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    private static Task<IHost> Connect(string address) => Connect(client => client.UseQuorumClustering(address));

    private static async Task<IHost> Connect(Action<IClientBuilder> cluster)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => cluster(client
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("doozer", "doozer"))));
        builder.Services.AddDoozerClient();
        IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    private static async Task<long> WriteUntil(IDoozerClient client, string path, CancellationToken stop)
    {
        long count = 0;
        while (!stop.IsCancellationRequested)
        {
            count++;
            await client.SetAsync(
                path,
                System.Text.Encoding.UTF8.GetBytes($"{count}"),
                Revisions.Clobber,
                cancellationToken: CancellationToken.None);
        }

        return count;
    }
}

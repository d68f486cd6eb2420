using System.Net;
using Doozer.Chaos.Network;
using Doozer.Client;
using Doozer.Client.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Doozer.Tests.EndToEnd;

/// <summary>What happens to the nodes of a cluster in its life, with the membership that they keep themselves.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class LifeOfClusterTests
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
        await cluster.WaitForMembers(1, members => Active(members) == 3);
    }

    [Fact]
    public async Task Any_node_may_be_killed_also_the_first_is_declared_dead_and_returns_with_its_data()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        for (int node = 0; node < cluster.Count; node++)
        {
            int survivor = (node + 1) % cluster.Count;
            await cluster.Kill(node);
            (await cluster.Command(survivor, $"{node}", "set", "/a", "-1")).ExitCode.ShouldBe(0);
            await cluster.WaitForMembers(survivor, members => Active(members) == 2);

            cluster.Start(node);
            await cluster.WaitUntilReady(node);
            (await cluster.Get(node, "/a")).ShouldBe($"{node}");
        }

        // The page may be a second old.
        await cluster.WaitForMembers(0, members => Active(members) == 3);
    }

    [Fact]
    public async Task All_are_killed_and_two_come_back_which_suffices()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
        cluster.Move(2);
        for (int node = 0; node < cluster.Count; node++)
            await cluster.Kill(node);

        cluster.Start(1);
        cluster.Start(2);
        await cluster.WaitUntilReady(1);
        await cluster.WaitUntilReady(2);
        (await cluster.Get(2, "/a")).ShouldBe("x");
        await cluster.WaitForMembers(1, members => Active(members) == 2);

        cluster.Start(0);
        await cluster.WaitUntilReady(0);
        await cluster.WaitForMembers(1, members => Active(members) == 3);
    }

    [Fact]
    public async Task A_rolling_restart_of_all_fails_no_write_of_a_client()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
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
    public async Task A_node_that_is_cut_off_removes_nobody_is_removed_and_returns_when_the_network_is_whole()
    {
        using NodeNetwork network = NetworkOrSkip(3);
        await using var cluster = new ProcessCluster(3, network);
        await cluster.StartAll();
        network.Isolate(2);
        await cluster.WaitForMembers(0, members => Active(members) == 2);
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
        (await cluster.Members(1)).ShouldAllBe(member => member.Status == "Active" || member.Name == "n3");

        network.Heal(2);
        await cluster.WaitUntilSaid(2, "the node starts anew");
        // The node that ends may still say for a moment that it is ready.
        await cluster.WaitForMembers(0, members => Active(members) == 3);
        await cluster.WaitUntilReady(2);
        (await cluster.Get(2, "/a")).ShouldBe("x");
        (await cluster.Command(2, "y", "set", "/a", "-1")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_node_that_is_declared_dead_while_it_starts_starts_anew()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        await cluster.Kill(2);
        await cluster.WaitForMembers(0, members => Active(members) == 2);
        cluster.Start(2);
        await cluster.WaitForMembers(0, members => Active(members) == 3);
        // It is a member, and has hardly begun to serve.
        cluster.Process(2).Pause();
        await cluster.WaitForMembers(0, members => Active(members) == 2);
        cluster.Process(2).Continue();
        await cluster.WaitUntilSaid(2, "the node starts anew");
        // The node that ends may still say for a moment that it is ready.
        await cluster.WaitForMembers(0, members => Active(members) == 3);
        await cluster.WaitUntilReady(2);
    }

    [Fact]
    public async Task Nobody_is_declared_dead_while_all_cores_are_busy_for_ten_seconds()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        var busy = TimeSpan.FromSeconds(10);
        Thread[] threads = [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            long start = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(start) < busy)
                Thread.SpinWait(10_000);
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        for (int node = 0; node < cluster.Count; node++)
        {
            MemberStatus[] all = [];
            await cluster.WaitForMembers(node, members => (all = members).Length > 0);
            all.Select(member => member.Status).ShouldBe(["Active", "Active", "Active"]);
        }

        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
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
    public async Task A_second_node_of_the_same_id_is_refused_and_the_first_goes_on()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        await using var spare = new ProcessCluster(1);
        IEnumerable<string> arguments =
        [
            "serve", "--id", "n1", "--data", Path.Combine(spare.Directory, "n1"), "--silo", spare.Silo(0), "--gateway",
            spare.Gateway(0),
            "--peers", cluster.Peers.Replace(cluster.Http(0)[7..], spare.Http(0)[7..], StringComparison.Ordinal),
        ];
        spare.Start(0, arguments);
        (await spare.Process(0).WaitForExit()).ShouldBe(2);
        (spare.Process(0).Output + spare.Process(0).Error).ShouldContain("two nodes have this id");
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
        cluster.Process(0).HasExited.ShouldBeFalse();
    }

    [Fact]
    public async Task Peers_lists_that_differ_are_refused_and_both_sides_say_so()
    {
        await using var cluster = new ProcessCluster(3);
        cluster.Start(0);
        cluster.Start(1);
        await cluster.WaitUntilReady(0);
        cluster.Start(2, cluster.Peers + ",n4=127.0.0.1:9");
        await cluster.WaitUntilSaid(2, "n3 counts the peers n1, n2, n3, n4, but n1 counts n1, n2, n3");
        await cluster.WaitUntilSaid(0, "n3 counts the peers n1, n2, n3, n4, but n1 counts n1, n2, n3");
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_and_both_sides_say_so()
    {
        await using var cluster = new ProcessCluster(3);
        cluster.Start(0, [.. cluster.Arguments(0), "--cluster-secret", "the secret of the cluster"]);
        cluster.Start(1, [.. cluster.Arguments(1), "--cluster-secret", "the secret of the cluster"]);
        await cluster.WaitUntilReady(0);
        cluster.Start(2, [.. cluster.Arguments(2), "--cluster-secret", "some other secret"]);
        await cluster.WaitUntilSaid(2, "is not signed with the cluster secret of n1");
        await cluster.WaitUntilSaid(0, "is not signed with the cluster secret of n1");
        (await cluster.Ask(2, "/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Peers_on_other_machines_need_a_secret()
    {
        using var folder = new NodeFolder();
        CommandResult result = await DoozerProcess.Run(folder.Path, "", "serve", "--peers", "n1=127.0.0.1,n2=192.0.2.2");
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("n2 at http://192.0.2.2:8000/ is not on the loopback interface, and there is no secret");
    }

    [Theory]
    [InlineData("+1h")]
    [InlineData("-1h")]
    public async Task A_clock_that_is_an_hour_off_does_no_harm(string offset)
    {
        string? library = Directory.Exists("/usr/lib")
            ? Directory.EnumerateFiles(
                "/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
                .FirstOrDefault()
            : null;
        if (library is null)
            Assert.Skip("It needs libfaketime (the package faketime), which is not on this machine.");
        await using var cluster = new ProcessCluster(3);
        cluster.Start(0);
        cluster.Start(1);
        cluster.Start(2, cluster.Arguments(2), $"env LD_PRELOAD={library} FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME={offset}");
        for (int node = 0; node < cluster.Count; node++)
            await cluster.WaitUntilReady(node);
        await cluster.WaitForMembers(0, members => Active(members) == 3);

        // The one with the odd clock has to agree that another is dead, and the others that it is.
        await cluster.Kill(1);
        await cluster.WaitForMembers(2, members => Active(members) == 2);
        (await cluster.Command(2, "x", "add", "/a")).ExitCode.ShouldBe(0);
        cluster.Start(1);
        await cluster.WaitUntilReady(1);
        await cluster.Kill(2);
        await cluster.WaitForMembers(0, members => Active(members) == 2);
    }

    private static int Active(MemberStatus[] members) => members.Count(member => member.Status == "Active");

    private static NodeNetwork NetworkOrSkip(int nodes)
    {
        try
        {
            return NodeNetwork.Create(nodes);
        }
        catch (NotSupportedException exception)
        {
            Assert.Skip(exception.Message);
            throw;
        }
    }

    private static async Task<IHost> Connect(string address)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("doozer", "doozer"))
            .UseQuorumClustering(address));
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

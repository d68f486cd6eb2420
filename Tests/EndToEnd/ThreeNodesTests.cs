using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.EndToEnd;

public sealed class ThreeNodesTests(ThreeProcessesFixture nodes) : IClassFixture<ThreeProcessesFixture>
{
    private const int Writers = 4;

    [Fact]
    public async Task Killing_the_leader_is_a_pause_and_no_error_for_a_writer_at_a_survivor()
    {
        ProcessCluster cluster = await nodes.AllUp();
        int leader = await cluster.Leader(0);
        int survivor = (leader + 1) % cluster.Count;
        var acknowledged = new ConcurrentDictionary<string, long>();
        using var stop = new CancellationTokenSource();
        using var written = new SemaphoreSlim(0);
        Task[] writers =
        [
            .. Enumerable.Range(0, Writers).Select(w =>
                WriteUntil(cluster, survivor, $"/leader/{w}", acknowledged, written, failures: null, stop.Token)),
        ];

        await Acknowledged(written, 50);
        await cluster.Kill(leader);
        // Writes that were in flight may be among these; so many more cannot all have been.
        await Acknowledged(written, 200);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        (await cluster.Leader(survivor)).ShouldNotBe(leader);
        await ShouldAllBeThere(cluster, survivor, acknowledged);
    }

    /// <summary>
    /// So many namespaces that Orleans' own grain directory would have the dead silo know where some of them are.
    /// </summary>
    [Fact]
    public async Task Namespaces_that_nobody_asked_for_before_are_served_as_soon_as_a_node_is_killed()
    {
        ProcessCluster cluster = await nodes.AllUp();
        for (int i = 0; i < 12; i++)
            (await cluster.Command(2, "", "namespace", "create", $"namespace-{i}")).Error.ShouldBeEmpty();
        await cluster.Kill(2);

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            cluster.Put(i % 2, $"namespace-{i}", "/a", "x", 0, TestContext.Current.CancellationToken)));
        foreach (HttpResponseMessage answer in answers)
        {
            answer.StatusCode.ShouldBe(
                HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Killing_all_nodes_in_the_middle_of_writing_loses_nothing_acknowledged()
    {
        ProcessCluster cluster = await nodes.AllUp();
        var acknowledged = new ConcurrentDictionary<string, long>();
        var failures = new ConcurrentBag<string>();
        using var stop = new CancellationTokenSource();
        using var written = new SemaphoreSlim(0);
        Task[] writers =
        [
            .. Enumerable.Range(0, Writers).Select(w =>
                WriteUntil(cluster, w % cluster.Count, $"/all/{w}", acknowledged, written, failures, stop.Token)),
        ];
        await Acknowledged(written, 200);
        await Task.WhenAll(Enumerable.Range(0, cluster.Count).Select(cluster.Kill));
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        await cluster.StartAll();
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(200);
        acknowledged.Values.Distinct().Count().ShouldBe(acknowledged.Count);
        for (int node = 0; node < cluster.Count; node++)
            await ShouldAllBeThere(cluster, node, acknowledged);
    }

    [Fact]
    public async Task Without_a_quorum_writes_fail_with_who_is_missing_and_one_node_back_is_enough()
    {
        ProcessCluster cluster = await nodes.AllUp();
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
        await cluster.Kill(1);
        await cluster.Kill(2);

        HttpResponseMessage refused = await cluster.Put(0, "/a", "y", -1, TestContext.Current.CancellationToken);
        Problem problem =
            (await refused.Content.ReadFromJsonAsync(DoozerJson.Default.Problem, TestContext.Current.CancellationToken))!;
        problem.Code.ShouldBeOneOf("no-quorum", "outcome-unknown");
        if (problem.Code == "no-quorum")
            problem.Missing!.ShouldBeSubsetOf(["n2", "n3"]);
        (await CommandLine.Run("", "get", "/a", "--local", "-a", cluster.Http(0))).Output.ShouldBe("x");

        cluster.Start(1);
        await cluster.WaitUntilReady(0);
        await cluster.WaitUntilReady(1);
        (await cluster.Command(0, "z", "set", "/b", "-1")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Health_and_digests_tell_of_every_node_and_name_the_one_that_is_dead()
    {
        ProcessCluster cluster = await nodes.AllUp();
        await cluster.WaitForMembers(0, active: 3);
        (await cluster.Command(0, "x", "set", "/digested", "-1")).ExitCode.ShouldBe(0);
        CommandResult well = await cluster.Command(0, "", "health");
        for (int attempts = 0; well.ExitCode != 0 && attempts < 1000; attempts++)
        {
            // Some have only just met.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
            well = await cluster.Command(0, "", "health");
        }

        well.ExitCode.ShouldBe(0, well.Output);
        well.Output.Split('\n')[..3].Select(line => line[..8]).ShouldBe(["n1 ready", "n2 ready", "n3 ready"]);
        CommandResult same = await cluster.Command(1, "", "status", "--hash");
        same.ExitCode.ShouldBe(0, same.Output);

        await cluster.Kill(2);
        CommandResult result = await cluster.Command(0, "", "health");
        result.ExitCode.ShouldBe(1);
        result.Output.ShouldContain("\nn3 unreachable (cannot be reached: ");
        result = await cluster.Command(0, "", "status", "--hash");
        result.ExitCode.ShouldBe(1);
        result.Output.ShouldContain("\ndigest n2 ");
        result.Output.ShouldContain("\ndigest n3 unknown: cannot be reached: ");
    }

    private static async Task WriteUntil(
        ProcessCluster cluster, int node, string folder, ConcurrentDictionary<string, long> acknowledged, SemaphoreSlim written,
        ConcurrentBag<string>? failures, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            string path = $"{folder}/{i}";
            try
            {
                using HttpResponseMessage response = await cluster.Put(node, path, path, 0, CancellationToken.None);
                if (!response.IsSuccessStatusCode)
                    throw new HttpRequestException(await response.Content.ReadAsStringAsync(CancellationToken.None));
                WriteResult? result = await response.Content.ReadFromJsonAsync(
                    DoozerJson.Default.WriteResult, CancellationToken.None);
                acknowledged[path] = result!.Revision;
                written.Release();
            }
            catch (Exception exception)
                when (failures is not null && exception is HttpRequestException or IOException or OperationCanceledException)
            {
                failures.Add(exception.Message);
                return;
            }
        }
    }

    private static async Task Acknowledged(SemaphoreSlim written, int count)
    {
        for (int i = 0; i < count; i++)
        {
            (await written.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken))
                .ShouldBeTrue("Writes have stopped.");
        }
    }

    private static async Task ShouldAllBeThere(ProcessCluster cluster, int node, ConcurrentDictionary<string, long> acknowledged)
    {
        foreach ((string path, long revision) in acknowledged)
        {
            // At its own revision it must be there, and just before it must not.
            (await cluster.Get(node, path, revision)).ShouldBe(path);
            (await cluster.Get(node, path, revision - 1)).ShouldBeNull();
        }
    }
}

using Doozer.Chaos.Network;

namespace Doozer.Tests.EndToEnd;

/// <summary>Nodes that the others declare dead, rightly or not: each returns.</summary>
public sealed class DeclaredDeadTests(ThreeProcessesFixture nodes) : IClassFixture<ThreeProcessesFixture>
{
    [Fact]
    public async Task Any_node_may_be_killed_also_the_first_is_declared_dead_and_returns_with_its_data()
    {
        ProcessCluster cluster = await nodes.AllUp();
        foreach (int node in (int[])[0, 2])
        {
            int survivor = (node + 1) % cluster.Count;
            await cluster.Kill(node);
            (await cluster.Command(survivor, $"{node}", "set", "/a", "-1")).ExitCode.ShouldBe(0);
            await cluster.WaitForMembers(survivor, 2);

            cluster.Start(node);
            await cluster.WaitUntilReady(node);
            (await cluster.Get(node, "/a")).ShouldBe($"{node}");
        }

        // The page may be a second old.
        await cluster.WaitForMembers(0, 3);
    }

    [Fact]
    public async Task A_node_that_is_cut_off_removes_nobody_is_removed_and_returns_when_the_network_is_whole()
    {
        using NodeNetwork network = NetworkOrSkip(3);
        await using var cluster = new ProcessCluster(3, network);
        await cluster.StartAll();
        network.Isolate(2);
        await cluster.WaitForMembers(0, 2);
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
        (await cluster.Members(1)).ShouldAllBe(member => member.Status == "Active" || member.Name == "n3");

        network.Heal(2);
        await cluster.WaitUntilSaid(2, "the node starts anew");
        // The node that ends may still say for a moment that it is ready.
        await cluster.WaitForMembers(0, 3);
        await cluster.WaitUntilReady(2);
        (await cluster.Get(2, "/a")).ShouldBe("x");
        (await cluster.Command(2, "y", "set", "/a", "-1")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_node_that_is_declared_dead_while_it_starts_starts_anew()
    {
        ProcessCluster cluster = await nodes.AllUp();
        await cluster.WaitForMembers(0, 3);
        await cluster.Kill(2);
        await cluster.WaitForMembers(0, 2);
        cluster.Start(2);
        await cluster.WaitForMembers(0, 3);
        // It is a member, and has hardly begun to serve.
        cluster.Process(2).Pause();
        await cluster.WaitForMembers(0, 2);
        cluster.Process(2).Continue();
        await cluster.WaitUntilSaid(2, "the node starts anew");
        // The node that ends may still say for a moment that it is ready.
        await cluster.WaitForMembers(0, 3);
        await cluster.WaitUntilReady(2);
    }

    [Fact]
    public async Task Clocks_that_are_wrong_or_are_set_while_the_nodes_run_do_no_harm()
    {
        await using var cluster = new ProcessCluster(3);
        var clocks = new SetClocks(cluster);
        clocks.Set(0, "+0");
        clocks.Set(1, "+1h");
        clocks.Set(2, "-1h");
        for (int node = 0; node < cluster.Count; node++)
            clocks.Start(node);
        for (int node = 0; node < cluster.Count; node++)
            await cluster.WaitUntilReady(node);
        await cluster.WaitForMembers(0, 3);

        // Each has to agree that another is dead, which takes both that are left, and the others that it is back. Meanwhile all
        // clocks are set on, and then back; the one that returns has never seen the time that the others have seen.
        foreach ((int node, string set) in ((int, string)[])[(0, "+2d"), (2, "-2d")])
        {
            int survivor = (node + 1) % cluster.Count;
            await cluster.Kill(node);
            await cluster.WaitForMembers(survivor, 2);
            (await cluster.Command(survivor, $"{node}", "set", "/a", "-1")).ExitCode.ShouldBe(0);
            foreach (int left in (int[])[survivor, (survivor + 1) % cluster.Count])
                clocks.Set(left, set);
            clocks.Start(node);
            await cluster.WaitUntilReady(node);
            (await cluster.Get(node, "/a")).ShouldBe($"{node}");

            // Nobody has asked for it before, and so its grains are activated now.
            (await cluster.Command(survivor, "", "namespace", "create", $"after-{node}")).ExitCode.ShouldBe(0);
            (await cluster.Command(survivor, "x", "set", "/a", "-1", "-n", $"after-{node}")).ExitCode.ShouldBe(0);
        }

        await cluster.WaitForMembers(0, 3);
    }

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

    /// <summary>The wall clocks of nodes, each in a file that libfaketime reads.</summary>
    private sealed class SetClocks
    {
        // With its fix for an old fault of glibc the library makes each timed wait end at once, and a node takes all cores.
        private const string Settings = "FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_FORCE_MONOTONIC_FIX=0 FAKETIME_NO_CACHE=1";

        private readonly ProcessCluster _cluster;
        private readonly string _library;

        public SetClocks(ProcessCluster cluster)
        {
            _cluster = cluster;
            var depth = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 };
            string? library = Directory.Exists("/usr/lib")
                ? Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", depth).FirstOrDefault()
                : null;
            if (library is null)
                Assert.Skip("It needs libfaketime (the package faketime), which is not on this machine.");
            _library = library;
        }

        public void Start(int node) => _cluster.Start(
            node, _cluster.Arguments(node), $"env LD_PRELOAD={_library} {Settings} FAKETIME_TIMESTAMP_FILE={FileOf(node)}");

        public void Set(int node, string offset)
        {
            File.WriteAllText(FileOf(node) + ".new", offset + "\n");
            File.Move(FileOf(node) + ".new", FileOf(node), overwrite: true);
        }

        private string FileOf(int node) => Path.Combine(_cluster.Directory, $"clock{node}");
    }
}

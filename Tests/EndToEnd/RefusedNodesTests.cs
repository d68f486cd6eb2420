using System.Net;

namespace Doozer.Tests.EndToEnd;

/// <summary>Nodes that the others do not let in.</summary>
public sealed class RefusedNodesTests
{
    [Fact]
    public async Task A_node_that_does_not_belong_is_refused_and_both_sides_say_so_and_the_others_go_on()
    {
        await using var cluster = new ProcessCluster(3);
        cluster.Start(0, WithSecret(cluster.Arguments(0)));
        cluster.Start(1, WithSecret(cluster.Arguments(1)));
        await cluster.WaitUntilReady(0);

        cluster.Start(2, [.. cluster.Arguments(2), "--cluster-secret", "some other secret"]);
        await cluster.WaitUntilSaid(2, "is not signed with the cluster secret of n1");
        await cluster.WaitUntilSaid(0, "is not signed with the cluster secret of n1");
        (await cluster.Ask(2, "/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await Forget();

        cluster.Start(2, WithSecret(cluster.Arguments(2, cluster.Peers + ",n4=127.0.0.1:9")));
        await cluster.WaitUntilSaid(2, "n3 counts the peers n1, n2, n3, n4, but n1 counts n1, n2, n3");
        await cluster.WaitUntilSaid(0, "n3 counts the peers n1, n2, n3, n4, but n1 counts n1, n2, n3");
        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
        await Forget();

        // As what it is it is welcome.
        cluster.Start(2, WithSecret(cluster.Arguments(2)));
        await cluster.WaitUntilReady(2);
        await using var spare = new ProcessCluster(1);
        spare.Start(0, WithSecret(
        [
            "serve", "--id", "n1", "--data", Path.Combine(spare.Directory, "n1"), "--silo", spare.Silo(0), "--gateway",
            spare.Gateway(0),
            "--peers", cluster.Peers.Replace(cluster.Http(0)[7..], spare.Http(0)[7..], StringComparison.Ordinal),
        ]));
        (await spare.Process(0).WaitForExit()).ShouldBe(2);
        (spare.Process(0).Output + spare.Process(0).Error).ShouldContain("two nodes have this id");
        (await cluster.Command(0, "y", "add", "/b")).ExitCode.ShouldBe(0);
        cluster.Process(0).HasExited.ShouldBeFalse();

        // Its folder remembers the peers, and would refuse others before they do.
        async Task Forget()
        {
            await cluster.Kill(2);
            Directory.Delete(Path.Combine(cluster.Directory, "n3"), recursive: true);
        }
    }

    private static IEnumerable<string> WithSecret(IReadOnlyList<string> arguments) =>
        [.. arguments, "--cluster-secret", "the secret of the cluster"];
}

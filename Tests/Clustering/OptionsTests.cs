using Doozer.Clustering;

namespace Doozer.Tests.Clustering;

public sealed class OptionsTests
{
    [Fact]
    public void Loopback_peers_need_no_secret() => Fault(static _ => { }).ShouldBeNull();

    [Fact]
    public void Peers_elsewhere_need_one()
    {
        Fault(options => options.Peers["n2"] = new Uri("http://10.0.0.2:7000"))!
            .ShouldContain("peer n2 at http://10.0.0.2:7000/ is not on the loopback interface, and there is no secret");
        Fault(options =>
        {
            options.Peers["n2"] = new Uri("http://10.0.0.2:7000");
            options.Secret = "sixteen letters!";
        }).ShouldBeNull();
    }

    [Fact]
    public void A_node_that_joined_may_be_where_one_was_that_the_cluster_began_with()
    {
        Fault(static options =>
        {
            options.Node = "n9";
            options.Address = options.Peers["n2"];
            options.Addresses.Keys.ShouldBe(["n1", "n9"]);
        }).ShouldBeNull();
    }

    [Fact]
    public void Each_mistake_has_its_sentence()
    {
        Fault(options => options.Node = "")!.ShouldContain("the node id ''");
        Fault(options => options.Node = "n9")!.ShouldContain("the peers (n1, n2) do not include this node, n9");
        Fault(options => options.Peers.Clear())!.ShouldContain("there must be 1 to 15 peers, not 0");
        Fault(options => options.DataDirectory = "")!.ShouldContain("the data directory is empty");
        Fault(options => options.Secret = "short")!.ShouldContain("the secret has 5 characters");
        Fault(options => options.Peers["n2"] = options.Peers["n1"])!.ShouldContain("have the same address");
        Fault(options => options.Peers["n2"] = new Uri("ftp://127.0.0.1"))!.ShouldContain("is not of the form http://HOST:PORT");
        Fault(options => options.Peers["n1"] = new Uri("https://127.0.0.1:1"))!.ShouldContain("its own port speaks plain http");
        Fault(options => options.PeerTimeout = TimeSpan.Zero)!.ShouldContain("PeerTimeout is 00:00:00");
        Fault(options => options.OperationTimeout = TimeSpan.FromMilliseconds(1))!.ShouldContain("OperationTimeout is");
    }

    private static string? Fault(Action<QuorumClusteringOptions> change)
    {
        var options = new QuorumClusteringOptions { Node = "n1", DataDirectory = "data" };
        options.Peers.Add("n1", new Uri("http://127.0.0.1:7001"));
        options.Peers.Add("n2", new Uri("http://localhost:7002"));
        change(options);
        return new QuorumClusteringOptionsValidator().Validate(null, options).FailureMessage;
    }
}

using System.Net;
using Doozer.Grains;
using Doozer.Silo.Http;
using Doozer.Silo.Serve;
using Doozer.Tests.Storage;
using Microsoft.Extensions.Configuration;

namespace Doozer.Tests.Silo;

public sealed class NodeSettingsTests
{
    [Fact]
    public void Without_settings_it_is_one_node_on_loopback()
    {
        NodeSettings settings = Read();
        settings.Id.ShouldBe("n1");
        settings.Cluster.ShouldBe("doozer");
        settings.DataDirectory.ShouldBe(Path.Combine(".", "doozer-data", "n1"));
        settings.Silo.ToString().ShouldBe("127.0.0.1:11111");
        settings.Gateway.ToString().ShouldBe("127.0.0.1:30000");
        settings.Http.ToString().ShouldBe("127.0.0.1:8000");
        settings.Peers.ShouldBe([new NodeAddress("n1", new Uri("http://127.0.0.1:8000"))]);
        settings.Secret.ShouldBeNull();
    }

    [Theory]
    [InlineData("n1=10.0.0.1,n2=10.0.0.2", "10.0.0.2:11111", "10.0.0.2:30000", "10.0.0.2:8000")]
    [InlineData("n1=127.0.0.1, n2=127.0.0.1:8001", "127.0.0.1:11112", "127.0.0.1:30001", "127.0.0.1:8001")]
    [InlineData("n1=10.0.0.1:80,n2=db.example:80", "192.0.2.7:11111", "192.0.2.7:30000", "192.0.2.7:80")]
    [InlineData("n1=[::1]:8000,n2=[::1]:8001", "[::1]:11112", "[::1]:30001", "[::1]:8001")]
    [InlineData("n1=127.0.0.1:9000,n2=127.0.0.1:9001", "127.0.0.1:11112", "127.0.0.1:30001", "127.0.0.1:9001")]
    [InlineData("n1=127.0.0.1:8099,n2=127.0.0.1:8100", "127.0.0.1:11112", "127.0.0.1:30001", "127.0.0.1:8100")]
    [InlineData("n1=127.0.0.1:9000,n2=10.0.0.2:9000", "10.0.0.2:11111", "10.0.0.2:30000", "10.0.0.2:9000")]
    public void All_addresses_come_from_the_peers(string peers, string silo, string gateway, string http)
    {
        NodeSettings settings = Read(("id", "n2"), ("peers", peers));
        settings.Silo.ToString().ShouldBe(silo);
        settings.Gateway.ToString().ShouldBe(gateway);
        settings.Http.ToString().ShouldBe(http);
        settings.DataDirectory.ShouldEndWith("n2");
        settings.Peers.Select(p => p.Id).ShouldBe(["n1", "n2"]);
    }

    [Fact]
    public void A_port_is_one_process_s_alone_also_of_two_that_start_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere only what listens already is noticed.");
        var endpoint = new IPEndPoint(IPAddress.Parse("127.0.0.77"), 11111);
        using (Addresses.Claim("n1", "silo", endpoint))
        {
            Should.Throw<SettingsException>(() => Addresses.Claim("n2", "silo", endpoint))
                .Message.ShouldBe("the silo port 11111 (--silo) is in use; does n2 run already? If not, give it another.");
        }

        Addresses.Claim("n2", "silo", endpoint).ShouldNotBeNull().Dispose();
    }

    [Fact]
    public void A_peer_that_cannot_be_looked_up_yet_is_no_reason_not_to_start() =>
        Read(("peers", "n1=127.0.0.1,n2=later.example")).Peers[1].Address.ShouldBe(new Uri("http://later.example:8000"));

    [Fact]
    public void The_dashboard_is_on_or_off()
    {
        Read().Dashboard.ShouldBeFalse();
        Read(("dashboard", "True")).Dashboard.ShouldBeTrue();
        Read(("dashboard", "false")).Dashboard.ShouldBeFalse();
        Should.Throw<SettingsException>(() => Read(("dashboard", "yes")))
            .Message.ShouldBe("--dashboard is true or false, not 'yes'.");
    }

    [Fact]
    public void The_secret_comes_from_a_file_as_well()
    {
        using var folder = new TemporaryDirectory();
        string file = Path.Combine(folder.Path, "secret");
        File.WriteAllText(file, " correct horse battery \n");
        Read(("cluster-secret-file", file)).Secret.ShouldBe("correct horse battery");
        Read(("cluster-secret", "staple")).Secret.ShouldBe("staple");
        Should.Throw<SettingsException>(() => Read(("cluster-secret-file", file), ("cluster-secret", "x")))
            .Message.ShouldBe("Give --cluster-secret or --cluster-secret-file, not both.");
        Should.Throw<SettingsException>(() => Read(("cluster-secret-file", folder.Path)))
            .Message.ShouldBe($"--cluster-secret-file: '{folder.Path}' is a directory.");
        File.WriteAllText(file, new string('x', 4096));
        Read(("cluster-secret-file", file)).Secret!.Length.ShouldBe(4096);
        File.WriteAllText(file, new string('x', 4097));
        Should.Throw<SettingsException>(() => Read(("cluster-secret-file", file)))
            .Message.ShouldContain("it must hold the secret alone");
        Should.Throw<SettingsException>(() => Read(("cluster-secret-file", file + "2")))
            .Message.ShouldStartWith("--cluster-secret-file: '");
    }

    [Fact]
    public void Names_of_hosts_are_resolved_and_IPv6_is_bracketed()
    {
        Read(("silo", "db.example:7000"), ("gateway", "0.0.0.0:30000")).Silo.ToString().ShouldBe("192.0.2.7:7000");
        Read(("http", "[::1]:9000")).Http.ShouldBe(new IPEndPoint(IPAddress.IPv6Loopback, 9000));
    }

    [Fact]
    public void A_flag_wins_over_the_environment_and_that_over_the_default()
    {
        var environment = new Dictionary<string, string?>
        {
            ["DOOZER_ID"] = "from-env",
            ["DOOZER_CLUSTER"] = "env-cluster",
            ["DOOZER_HTTP"] = "",
            ["DOOZER_CLUSTER_SECRET"] = "of the environment",
            ["DOOZER_MAX_BODY_BYTES"] = "1000",
            ["DOOZER_MAX_EVENT_STREAMS"] = "7",
        };
        var flags = new Dictionary<string, string?> { ["id"] = "from-flag", ["cluster"] = null };
        var configuration = new ConfigurationBuilder();
        configuration.AddDoozer(flags, environment.GetValueOrDefault);
        IConfigurationSection section = configuration.Build().GetSection("Doozer");
        var settings = NodeSettings.Read(section, Resolve);
        settings.Id.ShouldBe("from-flag");
        settings.Cluster.ShouldBe("env-cluster");
        settings.Http.Port.ShouldBe(8000);
        settings.Secret.ShouldBe("of the environment");
        section.Get<DoozerOptions>()!.MaxBodyBytes.ShouldBe(1000);
        section.Get<HttpOptions>()!.MaxEventStreams.ShouldBe(7);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void A_blank_flag_is_refused(string blank)
    {
        var configuration = new ConfigurationBuilder();
        var flags = new Dictionary<string, string?> { ["id"] = blank };
        Should.Throw<SettingsException>(() =>
            {
                configuration.AddDoozer(flags, _ => null);
                configuration.Build();
            })
            .Message.ShouldBe("--id is blank: give it a value or leave it out.");
    }

    [Theory]
    [InlineData("id", "n1@x", "--id: the node id 'n1@x' is not valid")]
    [InlineData("id", "n 1", "--id: the node id 'n 1' is not valid")]
    [InlineData("id", "ä", "--id: the node id 'ä' is not valid")]
    [InlineData("cluster", "my cluster", "--cluster: the cluster name 'my cluster' is not valid")]
    [InlineData("silo", "127.0.0.1", "--silo needs HOST:PORT, not '127.0.0.1'")]
    [InlineData("silo", ":11111", "--silo needs HOST:PORT, not ':11111'")]
    [InlineData("silo", "::1:11111", "--silo needs HOST:PORT, not '::1:11111'")]
    [InlineData("silo", "127.0.0.1:0", "--silo needs a port from 1 to 65535, not '0'")]
    [InlineData("silo", "127.0.0.1:65536", "--silo needs a port from 1 to 65535, not '65536'")]
    [InlineData("http", "127.0.0.1:http", "--http needs a port from 1 to 65535, not 'http'")]
    [InlineData("silo", "0.0.0.0:11111", "--silo needs an address that other nodes can connect to")]
    [InlineData("silo", "nowhere.example:1", "--silo: the host 'nowhere.example' in 'nowhere.example:1' has no address")]
    [InlineData("gateway", "10.1.1.1:30000", "--gateway must be on the same address as --silo (127.0.0.1)")]
    [InlineData("gateway", "127.0.0.1:11111", "--silo and --gateway both listen on 127.0.0.1:11111")]
    [InlineData("http", "0.0.0.0:30000", "--gateway and --http both listen on")]
    [InlineData("peers", "n2=127.0.0.1:1", "--peers must name this node 'n1' too; it names n2.")]
    [InlineData("peers", "n1=127.0.0.1:1,n1=127.0.0.1:2", "--peers names the node 'n1' twice")]
    [InlineData("peers", "n1=127.0.0.1:1,n2=127.0.0.1:1", "--peers gives the nodes 'n1' and 'n2' the same address 127.0.0.1:1")]
    [InlineData("peers", "n1", "--peers needs ID=HOST[:PORT][,ID=HOST[:PORT]...], not 'n1'")]
    [InlineData("peers", "n1=127.0.0.1:1,", "--peers needs ID=HOST[:PORT][,ID=HOST[:PORT]...], not ''")]
    [InlineData("peers", "n@1=127.0.0.1:1", "--peers: the node id 'n@1' is not valid")]
    [InlineData("peers", "n1=::1", "--peers needs HOST[:PORT], not '::1'")]
    [InlineData("peers", "n1=a b:1", "--peers needs HOST[:PORT], not 'a b:1'")]
    [InlineData("peers", "n1=127.0.0.1:x", "--peers needs a port from 1 to 65535, not 'x'")]
    [InlineData("voters", "0", "--voters is '0'; give a whole number from 1 to 15.")]
    [InlineData("voters", "16", "--voters is '16'; give a whole number from 1 to 15.")]
    [InlineData("quorum", "4", "--quorum needs ELECT,WRITE, two numbers of nodes such as 4,2, not '4'")]
    [InlineData("quorum", "a,1", "--quorum needs ELECT,WRITE, two numbers of nodes such as 4,2, not 'a,1'")]
    [InlineData("quorum", "2,1", "--quorum 2,1 is not safe with 1 nodes: each must be 1 to 1, and together more than 1.")]
    [InlineData("http-names", "db:8000", "--http-names needs names of hosts, NAME[,NAME...], not 'db:8000'")]
    [InlineData("peers", "n1=0.0.0.0:1", "--peers needs an address that other nodes can connect to")]
    public void What_is_wrong_is_said_in_a_sentence(string setting, string value, string message)
    {
        string text = Should.Throw<SettingsException>(() => Read((setting, value))).Message;
        text.ShouldStartWith(message);
        text.ShouldEndWith(".");
        text.ShouldNotContain("\n");
    }

    [Fact]
    public void The_own_address_must_agree_with_the_peers()
    {
        Should.Throw<SettingsException>(() => Read(("http", "127.0.0.1:5"), ("peers", "n1=127.0.0.1:6")))
            .Message.ShouldBe("--http is 127.0.0.1:5, but --peers has this node at 127.0.0.1:6.");
        Read(("http", "0.0.0.0:5"), ("peers", "n1=127.0.0.1:6")).Http.Port.ShouldBe(5);
    }

    [Fact]
    public void Quorums_of_two_sizes_must_meet()
    {
        (string, string) peers = ("peers", "n1=127.0.0.1:1,n2=127.0.0.1:2,n3=127.0.0.1:3,n4=127.0.0.1:4,n5=127.0.0.1:5");
        Read(peers).Quorum.ShouldBeNull();
        Read(peers, ("quorum", "4,2")).Quorum.ShouldBe(new QuorumSizes(4, 2));
        Should.Throw<SettingsException>(() => Read(peers, ("quorum", "3,2")))
            .Message.ShouldBe("--quorum 3,2 is not safe with 5 nodes: each must be 1 to 5, and together more than 5.");
    }

    [Fact]
    public void HTTP_may_be_asked_by_every_name_that_is_given_for_a_node()
    {
        Read().HttpNames.ShouldNotContain("db.example");
        Read(("http-names", "db.example, store ,")).HttpNames.ShouldBe(["db.example", "store", "127.0.0.1"]);
        Read(("http", "db.example:80")).HttpNames.ShouldContain("db.example");
        Read(("peers", "n1=127.0.0.1,n2=later.example")).HttpNames.ShouldContain("later.example");
    }

    [Fact]
    public void A_setting_that_nobody_reads_is_told()
    {
        IConfigurationSection section = new ConfigurationBuilder()
            .AddInMemoryCollection(new[] { "id", "MaxBodyBytes", "max-body-bytes", "DataDirectory", "RequestTimout" }
                .Select(name => KeyValuePair.Create<string, string?>($"Doozer:{name}", "1")))
            .Build()
            .GetSection("Doozer");
        string[] variables =
        [
            "PATH", "DOOZER_ID", "DOOZER_CLUSTER_SECRET_FILE", "DOOZER_MAX_NAMESPACES", "DOOZER_ADDRESS", "DOOZER_SESSION",
            "DOOZER_FROB",
        ];
        SettingsSources.Unknown(section, variables)
            .Order(StringComparer.Ordinal)
            .ShouldBe(["DOOZER_FROB", "Doozer:DataDirectory", "Doozer:RequestTimout", "Doozer:max-body-bytes"]);
    }

    [Fact]
    public void A_node_that_others_can_reach_is_told_what_that_means()
    {
        Exposure.Warning(Read()).ShouldBeNull();
        Exposure.Warning(Read(("peers", "n1=[::1]"))).ShouldBeNull();
        Exposure.Warning(Read(("http", "0.0.0.0:8000")))!.ShouldContain("neither authentication nor TLS on HTTP 0.0.0.0:8000.");
        Exposure.Warning(Read(("peers", "n1=10.0.0.1")))!
            .ShouldContain("HTTP 10.0.0.1:8000, silo 10.0.0.1:11111, gateway 10.0.0.1:30000.");
    }

    [Fact]
    public void An_overlong_id_is_refused()
    {
        Read(("id", new string('a', 64))).Id.Length.ShouldBe(64);
        Should.Throw<SettingsException>(() => Read(("id", new string('a', 65))));
    }

    [Fact]
    public void What_a_node_was_told_of_its_cluster_it_need_not_be_told_again()
    {
        using var folder = new TemporaryDirectory();
        var founders = new Dictionary<string, Uri>
        {
            ["n1"] = new("http://127.0.0.1:8001"),
            ["n2"] = new("http://127.0.0.1:8002"),
        };
        new ClusterFile("green", "n4", new Uri("http://127.0.0.1:8004"), founders, 2, 1, "an origin").Write(folder.Path);

        NodeSettings settings = Read(("data", folder.Path));
        (settings.Id, settings.Cluster, settings.Origin).ShouldBe(("n4", "green", "an origin"));
        settings.Http.ToString().ShouldBe("127.0.0.1:8004");
        settings.HasJoined.ShouldBeTrue();
        settings.Founders.Select(founder => founder.Id).ShouldBe(["n1", "n2"]);
        settings.Quorum.ShouldBe(new QuorumSizes(2, 1));
        settings.Own.ShouldBe(new NodeAddress("n4", new Uri("http://127.0.0.1:8004")));

        NodeSettings moved = Read(("data", folder.Path), ("http", "127.0.0.1:8005"));
        moved.Own.Address.ShouldBe(new Uri("http://127.0.0.1:8005"));
        moved.Http.ToString().ShouldBe("127.0.0.1:8005");

        // What it is told wins, and is refused later if it is another cluster's.
        Read(("data", folder.Path), ("peers", "n4=127.0.0.1:9")).HasJoined.ShouldBeFalse();
        File.WriteAllText(Path.Combine(folder.Path, "cluster.json"), "{}");
        Should.Throw<SettingsException>(() => Read(("data", folder.Path))).Message.ShouldContain("cannot be read");
    }

    private static NodeSettings Read(params (string Name, string Value)[] settings)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Name, s.Value)))
            .Build();
        return NodeSettings.Read(configuration, Resolve);
    }

    private static IPAddress? Resolve(string host) => host == "db.example" ? IPAddress.Parse("192.0.2.7") : null;
}

using System.Net;
using Doozer.Silo.Serve;
using Doozer.Tests.Samples;
using Microsoft.Extensions.Configuration;

namespace Doozer.Tests.Silo;

/// <summary>The files in docs/deploy say what a node takes.</summary>
public sealed class DeploymentTests
{
    [Fact]
    public void A_node_takes_the_flags_of_the_manifest_for_Kubernetes()
    {
        string manifest = SampleTests.Text("docs/deploy/kubernetes.yaml");
        for (int pod = 0; pod < 3; pod++)
        {
            NodeSettings settings = Read(manifest, ("id", $"doozer-{pod}"));
            settings.Peers.Count.ShouldBe(3);
            settings.HttpNames.ShouldContain("doozer");
            foreach (IPEndPoint port in (IPEndPoint[])[settings.Http, settings.Silo, settings.Gateway])
                manifest.ShouldContain($"containerPort: {port.Port} ");
        }

        string service = manifest.Split("serviceName: ")[1].Split('\n')[0];
        manifest.ShouldContain($"doozer-0=doozer-0.{service},");
    }

    [Fact]
    public void A_node_takes_the_flags_of_the_unit_for_systemd()
    {
        string unit = SampleTests.Text("docs/deploy/doozer.service");
        NodeSettings settings = Read(unit, ("id", "n1"), ("peers", "n1=10.0.0.1,n2=10.0.0.2,n3=10.0.0.3"));
        settings.DataDirectory.ShouldBe("/var/lib/doozer");
    }

    /// <summary>Reads the settings that flags in a text make, with a secret that is there.</summary>
    private static NodeSettings Read(string text, params (string Name, string Value)[] others)
    {
        Dictionary<string, string?> settings = others.ToDictionary(other => other.Name, string? (other) => other.Value);
        string[] words =
        [
            .. text.Split('\n')
                .Where(line => line.TrimStart().StartsWith("- --", StringComparison.Ordinal)
                    || line.StartsWith("ExecStart=", StringComparison.Ordinal))
                .SelectMany(line => line.Split(' ')),
        ];
        for (int i = 0; i < words.Length; i++)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal))
                continue;
            string[] flag = words[i][2..].Split('=', 2);
            NodeSettings.Names.ShouldContain(flag[0]);
            settings[flag[0]] = flag.Length == 2 ? flag[1] : words[i + 1];
        }

        settings.Remove("cluster-secret-file").ShouldBeTrue();
        return NodeSettings.Read(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), _ => IPAddress.Parse("192.0.2.7"));
    }
}

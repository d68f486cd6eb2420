using System.Net.Sockets;
using System.Text;

namespace Doozer.Tests.EndToEnd;

/// <summary>A node that systemd runs, as far as it can tell, in a unit of <c>Type=notify</c>.</summary>
public sealed class ServiceManagerTests
{
    /// <summary>Only guards against a hang.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_service_counts_as_started_once_the_node_serves()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has systemd.");
        await using var cluster = new ProcessCluster(1);
        string path = Path.Combine(cluster.Directory, "notify");
        using var notifications = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notifications.Bind(new UnixDomainSocketEndPoint(path));

        cluster.Start(0, cluster.Arguments(0), $"env NOTIFY_SOCKET={path}");

        (await Next(notifications)).ShouldBe("READY=1");
        cluster.Process(0).Output.ShouldContain("starts as process");
        using HttpResponseMessage health = await cluster.Ask(0, "/healthz");
        health.IsSuccessStatusCode.ShouldBeTrue();
        await cluster.Stop(0);
        (await Next(notifications)).ShouldBe("STOPPING=1");
    }

    private static async Task<string> Next(Socket socket)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        byte[] bytes = new byte[256];
        int length = await socket.ReceiveAsync(bytes, patience.Token);
        return Encoding.UTF8.GetString(bytes, 0, length).Trim();
    }
}

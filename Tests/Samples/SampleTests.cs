using Desks;
using Doozer.Tests.Storage;
using Orleans.TestingHost;
using Shop;
using SingletonJob;

namespace Doozer.Tests.Samples;

public sealed class SampleTests : IDisposable
{
    private readonly TemporaryDirectory _data = new();
    private readonly TestClusterPortAllocator _ports = new();
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Shop_fills_a_cart()
    {
        (int silo, int gateway, int peer) = Ports();
        await ShopApplication.Run(
            new ShopPorts(silo, gateway, peer), _data.Path, _output, TestContext.Current.CancellationToken);
        _output.ToString().ShouldBe("In Ada's cart: bread, milk" + Environment.NewLine);
    }

    [Fact]
    public async Task Desks_keep_their_greetings_in_the_store()
    {
        (int silo, int gateway, int peer) = Ports();
        await DesksApplication.Run(
            new DesksPorts(silo, gateway, peer), _data.Path, _output, TestContext.Current.CancellationToken);
        _output.ToString().ShouldBe("The north desk says: Good morning" + Environment.NewLine);
    }

    [Fact]
    public async Task A_job_runs_on_one_silo_and_moves_when_that_dies()
    {
        (int silo, int gateway, int peer) = Ports();
        await SingletonJobApplication.Run(
            new JobPorts(silo, gateway, peer), _data.Path, _output, TestContext.Current.CancellationToken);
        _output.ToString().Split(Environment.NewLine).ShouldBe(
            ["The job runs on one silo.", "It runs on another.", "What the first one writes late is refused.", ""]);
    }

    [Fact]
    public void Guides_show_the_client_as_it_is()
    {
        string program = Text("samples/Hello/Program.cs");
        Text("docs/clients.md").ShouldContain($"```csharp\n{program}```");
        string statements = program[program.IndexOf("HostApplicationBuilder", StringComparison.Ordinal)..];
        Text("README.md").ShouldContain($"```csharp\n{statements}```");
    }

    public void Dispose()
    {
        _output.Dispose();
        _ports.Dispose();
        _data.Dispose();
    }

    // artifacts/bin/Tests/CONFIGURATION/ is four levels below the sources.
    internal static string Text(string path) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "../../../..", path));

    private (int Silo, int Gateway, int Peer) Ports()
    {
        (int silo, int gateway) = _ports.AllocateConsecutivePortPairs(3);
        (int peer, _) = _ports.AllocateConsecutivePortPairs(3);
        return (silo, gateway, peer);
    }
}

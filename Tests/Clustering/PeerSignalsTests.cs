using Doozer.Clustering;
using Doozer.Tests.Client;

namespace Doozer.Tests.Clustering;

public sealed class PeerSignalsTests
{
    private readonly VirtualTime _time = new();
    private readonly List<string> _changes = [];
    private readonly PeerSignals _signals;

    public PeerSignalsTests()
    {
        _signals = new PeerSignals(_time, TimeSpan.FromSeconds(1));
        _signals.Changed += node => _changes.Add($"{node} {_signals.IsAlive(node)}");
    }

    [Fact]
    public void A_node_is_alive_from_its_first_sign_until_it_is_silent_for_too_long()
    {
        _signals.IsAlive("n2").ShouldBeFalse();
        _signals.Heard("n2");
        _time.Pass(TimeSpan.FromSeconds(0.9));
        _signals.Heard("n2");
        _time.Pass(TimeSpan.FromSeconds(0.9));
        _signals.Look();
        _changes.ShouldBe(["n2 True"]);

        _time.Pass(TimeSpan.FromSeconds(0.1));
        _signals.Look();
        _signals.Look();
        _changes.ShouldBe(["n2 True", "n2 False"]);
    }

    [Fact]
    public void One_whose_connection_ends_is_alive_no_more_and_another_is()
    {
        _signals.Heard("n2");
        _signals.Heard("n3");
        _signals.Ended("n2");
        _signals.Ended("n2");
        _signals.IsAlive("n3").ShouldBeTrue();
        _changes.ShouldBe(["n2 True", "n3 True", "n2 False"]);
    }
}

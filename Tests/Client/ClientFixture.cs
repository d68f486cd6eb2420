using Doozer.Client;

namespace Doozer.Tests.Client;

/// <summary>A client whose grain and time are the test's.</summary>
internal sealed class ClientFixture
{
    /// <summary>Longer than any back-off, shorter than an attempt.</summary>
    public static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(501);

    public static readonly TimeSpan Attempt = TimeSpan.FromSeconds(2);

    public ClientFixture(Action<DoozerClientOptions>? configure = null)
    {
        var options = new DoozerClientOptions();
        configure?.Invoke(options);
        (INamespaceGrain? grain, ScriptedGrain? script) = ScriptedGrain.Create();
        (IFileRequestsGrain? shared, ScriptedGrain? sharedScript) = ScriptedGrain.Create<IFileRequestsGrain>();
        Grain = script;
        Shared = sharedScript;
        Client = new DoozerClient(
            new NamespaceGrains(
                name =>
                {
                    Names.Add(name);
                    return grain;
                },
                _ => shared),
            options,
            Gateways,
            Time,
            new Random(1));
    }

    public List<string> Names { get; } = [];

    public GatewayWatch Gateways { get; } = new();

    public VirtualTime Time { get; } = new();

    /// <summary>Calls with one request.</summary>
    public ScriptedGrain Grain { get; }

    /// <summary>Calls that requests share.</summary>
    public ScriptedGrain Shared { get; }

    public IDoozerClient Client { get; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Exception SiloDown() => new SiloUnavailableException("the silo is gone");

    public static NoQuorumException NoQuorum() => new("main", "2 of n1, n2, n3", ["n2", "n3"]);
}

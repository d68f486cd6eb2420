using System.Collections.ObjectModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Membership;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>Silos in the test's process that talk over loopback and share a membership table, and a client of them.</summary>
public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    private readonly InMemoryMembershipTable _table = new(TimeProvider.System);
    private readonly List<InProcessSiloHandle> _silos = [];
    private readonly int _baseSiloPort;
    private readonly int _baseGatewayPort;
    private readonly int _reservedPorts;
    private int _started;
    private IHost? _clientHost;
    private bool _disposed;

    public InProcessTestCluster(InProcessTestClusterOptions options, ITestClusterPortAllocator portAllocator)
    {
        Options = options;
        PortAllocator = portAllocator;
        _reservedPorts = options.InitialSilosCount + 3;
        (_baseSiloPort, _baseGatewayPort) = portAllocator.AllocateConsecutivePortPairs(_reservedPorts);
    }

    public InProcessTestClusterOptions Options { get; }

    public ITestClusterPortAllocator PortAllocator { get; }

    public IClusterClient Client => _clientHost?.Services.GetRequiredService<IClusterClient>()
        ?? throw new InvalidOperationException("The cluster has no client: deploy it, or initialize its client.");

    public ReadOnlyCollection<InProcessSiloHandle> Silos
    {
        get
        {
            lock (_silos)
            {
                return _silos.ToList().AsReadOnly();
            }
        }
    }

    public async Task DeployAsync()
    {
        if (Silos.Count > 0)
        {
            throw new InvalidOperationException("The cluster has been deployed already.");
        }

        await StartSilosAsync(Options.InitialSilosCount);
        if (Options.InitializeClientOnDeploy)
        {
            await WaitForLivenessToStabilizeAsync();
            await InitializeClientAsync();
        }
    }

    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => Silos.Where(silo => silo.IsActive);

    public InProcessSiloHandle? GetSiloForAddress(SiloAddress siloAddress)
        => Silos.FirstOrDefault(silo => silo.SiloAddress.Equals(siloAddress));

    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null)
        => (silo is null ? GetActiveSilos().FirstOrDefault() : GetSiloForAddress(silo))?.ServiceProvider
            ?? throw new ArgumentException($"The cluster has no silo {silo}.", nameof(silo));

    public async Task<InProcessSiloHandle> StartAdditionalSiloAsync() => (await StartSilosAsync(1))[0];

    public async Task<List<InProcessSiloHandle>> StartSilosAsync(int silosToStart)
    {
        var starting = Enumerable.Range(_started, silosToStart).ToArray();
        _started += silosToStart;
        return [.. await Task.WhenAll(starting.Select(number => Task.Run(() => StartSiloAsync(number, Options))))];
    }

    public async Task<InProcessSiloHandle> StartSiloAsync(int instanceNumber, InProcessTestClusterOptions clusterOptions)
    {
        var (siloPort, gatewayPort) = instanceNumber < _reservedPorts
            ? (_baseSiloPort + instanceNumber, _baseGatewayPort + instanceNumber)
            : PortAllocator.AllocateConsecutivePortPairs(1);
        var options = new InProcessTestSiloSpecificOptions
        {
            SiloName = $"Silo_{instanceNumber}",
            SiloPort = siloPort,
            GatewayPort = instanceNumber == 0 || clusterOptions.GatewayPerSilo ? gatewayPort : 0,
        };
        var handle = await CreateSiloAsync(options);
        handle.InstanceNumber = (short)instanceNumber;
        lock (_silos)
        {
            _silos.Add(handle);
            _silos.Sort((left, right) => left.InstanceNumber.CompareTo(right.InstanceNumber));
        }

        return handle;
    }

    public async Task<InProcessSiloHandle> CreateSiloAsync(InProcessTestSiloSpecificOptions siloOptions)
    {
        var host = TestHosts.BuildSilo(Options, siloOptions, _table);
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }

        var details = host.Services.GetRequiredService<ILocalSiloDetails>();
        return new InProcessSiloHandle
        {
            Name = siloOptions.SiloName,
            SiloHost = host,
            SiloAddress = details.SiloAddress,
            GatewayAddress = details.GatewayAddress,
        };
    }

    public Task StopSiloAsync(InProcessSiloHandle instance) => EndSiloAsync(instance, gracefully: true);

    public Task KillSiloAsync(InProcessSiloHandle instance) => EndSiloAsync(instance, gracefully: false);

    public async Task<InProcessSiloHandle?> RestartSiloAsync(InProcessSiloHandle instance)
    {
        await StopSiloAsync(instance);
        return await StartSiloAsync(instance.InstanceNumber, Options);
    }

    public async Task<InProcessSiloHandle> RestartStoppedSecondarySiloAsync(string siloName)
    {
        if (!siloName.StartsWith("Silo_", StringComparison.Ordinal) || !int.TryParse(siloName.AsSpan("Silo_".Length), out var number))
        {
            throw new ArgumentException($"There is no silo '{siloName}'.", nameof(siloName));
        }

        return await StartSiloAsync(number, Options);
    }

    public async Task InitializeClientAsync()
    {
        await StopClusterClientAsync();
        var host = TestHosts.BuildClient(Options, _table);
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }

        _clientHost = host;
    }

    public async Task StopClusterClientAsync()
    {
        if (_clientHost is { } host)
        {
            _clientHost = null;
            await host.StopAsync();
            host.Dispose();
        }
    }

    public Task KillClientAsync() => StopClusterClientAsync();

    public async Task StopAllSilosAsync()
    {
        await StopClusterClientAsync();
        foreach (var silo in Silos)
        {
            await StopSiloAsync(silo);
        }
    }

    /// <summary>Returns when every silo that runs sees exactly those that run as active; throws when that takes too long.</summary>
    public async Task WaitForLivenessToStabilizeAsync(bool didKill = false)
    {
        var active = GetActiveSilos().ToList();
        var expected = active.Select(silo => silo.SiloAddress).ToHashSet();
        if (active.Count == 0)
        {
            return;
        }

        var options = active[0].ServiceProvider.GetRequiredService<IOptions<ClusterMembershipOptions>>().Value;
        var limit = TimeSpan.FromSeconds(10)
            + (didKill ? options.ProbeTimeout * (options.NumMissedProbesLimit + options.NumVotesForDeathDeclaration) : TimeSpan.Zero);
        await Task.WhenAll(active.Select(silo => WaitForViewAsync(silo, expected).WaitAsync(limit)));
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await StopClusterClientAsync();
        await Task.WhenAll(Silos.Select(silo => silo.DisposeAsync().AsTask()));
        PortAllocator.Dispose();
    }

    private static async Task WaitForViewAsync(InProcessSiloHandle silo, HashSet<SiloAddress> expected)
    {
        var membership = silo.ServiceProvider.GetRequiredService<IClusterMembershipService>();
        await foreach (var snapshot in membership.MembershipUpdates)
        {
            var seen = snapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress);
            if (expected.SetEquals(seen))
            {
                return;
            }
        }
    }

    private async Task EndSiloAsync(InProcessSiloHandle instance, bool gracefully)
    {
        await instance.StopSiloAsync(gracefully);
        await instance.DisposeHostAsync();
        lock (_silos)
        {
            _silos.Remove(instance);
        }
    }
}

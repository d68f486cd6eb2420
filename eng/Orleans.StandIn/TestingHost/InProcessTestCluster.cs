using System.Collections.ObjectModel;
using Orleans.Runtime;

namespace Orleans.TestingHost;

public sealed class InProcessTestCluster : IDisposable, IAsyncDisposable
{
    public InProcessTestCluster(InProcessTestClusterOptions options, ITestClusterPortAllocator portAllocator)
    {
        Options = options;
        PortAllocator = portAllocator;
    }

    public InProcessTestClusterOptions Options { get; }

    public ITestClusterPortAllocator PortAllocator { get; }

    public IClusterClient Client => throw new NotSupportedException();

    public ReadOnlyCollection<InProcessSiloHandle> Silos => throw new NotSupportedException();

    public Task DeployAsync() => throw new NotSupportedException();

    public IEnumerable<InProcessSiloHandle> GetActiveSilos() => throw new NotSupportedException();

    public InProcessSiloHandle? GetSiloForAddress(SiloAddress siloAddress) => throw new NotSupportedException();

    public IServiceProvider GetSiloServiceProvider(SiloAddress? silo = null) => throw new NotSupportedException();

    public Task<InProcessSiloHandle> StartSiloAsync(int instanceNumber, InProcessTestClusterOptions clusterOptions) => throw new NotSupportedException();

    public Task<InProcessSiloHandle> StartAdditionalSiloAsync() => throw new NotSupportedException();

    public Task<List<InProcessSiloHandle>> StartSilosAsync(int silosToStart) => throw new NotSupportedException();

    public Task StopSiloAsync(InProcessSiloHandle instance) => throw new NotSupportedException();

    public Task KillSiloAsync(InProcessSiloHandle instance) => throw new NotSupportedException();

    public Task<InProcessSiloHandle?> RestartSiloAsync(InProcessSiloHandle instance) => throw new NotSupportedException();

    public Task<InProcessSiloHandle> RestartStoppedSecondarySiloAsync(string siloName) => throw new NotSupportedException();

    public Task InitializeClientAsync() => throw new NotSupportedException();

    public Task StopClusterClientAsync() => throw new NotSupportedException();

    public Task KillClientAsync() => throw new NotSupportedException();

    public Task StopAllSilosAsync() => throw new NotSupportedException();

    public Task WaitForLivenessToStabilizeAsync(bool didKill = false) => throw new NotSupportedException();

    public void Dispose() => throw new NotSupportedException();

    public ValueTask DisposeAsync() => throw new NotSupportedException();
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Client;
using Orleans.Lifecycle;

namespace Orleans.Hosting;

/// <summary>What a client is made of.</summary>
internal static class ClientServices
{
    public static void Add(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(ClusterClient)))
        {
            return;
        }

        services.AddOptions();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IClientConnectionRetryFilter, LinearRetryFilter>();
        services.AddSingleton<ClusterClient>();
        services.AddSingleton<Gateways>();
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<ClusterClient>());
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<ClusterClient>());
        services.TryAddSingleton<LifecycleSubject>();
        services.AddHostedService(provider => provider.GetRequiredService<ClusterClient>());
    }
}

/// <summary>Without another filter a client tries a few times to reach a first gateway, and then fails to start.</summary>
internal sealed class LinearRetryFilter(TimeProvider time) : IClientConnectionRetryFilter
{
    private const int MostRetries = 5;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(300);
    private int _retries;

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (++_retries > MostRetries)
        {
            return false;
        }

        await Task.Delay(Step * _retries, time, cancellationToken);
        return true;
    }
}

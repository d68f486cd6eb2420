using Medallion.Threading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Doozer.Client.Locks;

/// <summary>Registers the store's locks as those of DistributedLock.</summary>
public static class DoozerLocksHostingExtensions
{
    /// <summary>
    /// Adds <see cref="IDistributedLockProvider"/>, <see cref="IDistributedReaderWriterLockProvider"/> and
    /// <see cref="IDistributedSemaphoreProvider"/> to an application that has an <see cref="IDoozerClient"/>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the defaults.</param>
    public static IServiceCollection AddDoozerLocks(
        this IServiceCollection services, Action<DoozerLocksOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<DoozerLocksOptions> options = services.AddOptions<DoozerLocksOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<DoozerLocksOptions>, DoozerLocksOptionsValidator>());
        services.TryAddSingleton(Create);
        services.TryAddSingleton<IDistributedLockProvider>(Provider);
        services.TryAddSingleton<IDistributedReaderWriterLockProvider>(Provider);
        services.TryAddSingleton<IDistributedSemaphoreProvider>(Provider);
        return services;
    }

    private static DoozerDistributedSynchronizationProvider Create(IServiceProvider services)
    {
        DoozerLocksOptions options = services.GetRequiredService<IOptions<DoozerLocksOptions>>().Value;
        IDoozerClient client = services.GetRequiredService<IDoozerClient>();
        return new DoozerDistributedSynchronizationProvider(
            options.Namespace is null ? client : client.Namespace(options.Namespace), options);
    }

    private static DoozerDistributedSynchronizationProvider Provider(IServiceProvider services) =>
        services.GetRequiredService<DoozerDistributedSynchronizationProvider>();
}

using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Doozer.Client;

/// <summary>Registers <see cref="IDoozerClient"/>.</summary>
public static class DoozerClientHostingExtensions
{
    /// <summary>
    /// Adds <see cref="IDoozerClient"/> to an application that has an Orleans client or is a silo itself: it uses whatever
    /// <see cref="IGrainFactory"/> the container has.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the defaults.</param>
    public static IServiceCollection AddDoozerClient(
        this IServiceCollection services, Action<DoozerClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<DoozerClientOptions> options = services.AddOptions<DoozerClientOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<DoozerClientOptions>, DoozerClientOptionsValidator>());
        services.TryAddSingleton<GatewayWatch>();
        services.AddOptions<ClientConnectionOptions>().Configure<GatewayWatch>(
            static (connections, gateways) => gateways.Configure(connections));
        services.TryAddSingleton<IDoozerClient>(Create);
        return services;
    }

    /// <summary>Adds <see cref="IDoozerClient"/> to a process that has an Orleans client.</summary>
    /// <param name="builder">The Orleans client.</param>
    /// <param name="configure">Changes the defaults.</param>
    public static IClientBuilder AddDoozerClient(this IClientBuilder builder, Action<DoozerClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddDoozerClient(configure);
        return builder;
    }

    private static DoozerClient Create(IServiceProvider services)
    {
        // Only the back-off's jitter is random, and that must differ between processes or they retry in step.
        var random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        IGrainFactory grains = services.GetRequiredService<IGrainFactory>();
        var client = new DoozerClient(
            new NamespaceGrains(
                name => grains.GetGrain<INamespaceGrain>(name), name => grains.GetGrain<IFileRequestsGrain>(name)),
            services.GetRequiredService<IOptions<DoozerClientOptions>>().Value,
            services.GetRequiredService<GatewayWatch>(),
            services.GetService<TimeProvider>() ?? TimeProvider.System,
            random);

        // Orleans' client would let a question wait for ever then.
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(client.Dispose);
        return client;
    }
}

using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Client;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Orleans
{
    /// <summary>Asked after each failed attempt to reach a first gateway whether to try again; it does the waiting too.</summary>
    public interface IClientConnectionRetryFilter
    {
        Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken);
    }
}

namespace Orleans.Messaging
{
    public interface IGatewayListProvider
    {
        TimeSpan MaxStaleness { get; }

        [Obsolete("This attribute is no longer used and all providers are considered updatable")]
        bool IsUpdatable { get; }

        Task InitializeGatewayListProvider();

        Task<IList<Uri>> GetGateways();
    }
}

namespace Orleans.Hosting
{
    public static class ClientBuilderExtensions
    {
        public static IClientBuilder ConfigureServices(this IClientBuilder builder, Action<IServiceCollection> configureDelegate)
        {
            configureDelegate(builder.Services);
            return builder;
        }

        public static IClientBuilder Configure<TOptions>(this IClientBuilder builder, Action<TOptions> configureOptions)
            where TOptions : class
        {
            builder.Services.Configure(configureOptions);
            return builder;
        }

        public static IClientBuilder Configure<TOptions>(this IClientBuilder builder, IConfiguration configuration)
            where TOptions : class
        {
            builder.Services.AddOptions<TOptions>().Bind(configuration);
            return builder;
        }

        public static IClientBuilder UseConnectionRetryFilter(
            this IClientBuilder builder, Func<Exception, CancellationToken, Task<bool>> connectionRetryFilter)
            => builder.UseConnectionRetryFilter(new DelegateRetryFilter(connectionRetryFilter));

        public static IClientBuilder UseConnectionRetryFilter(
            this IClientBuilder builder, IClientConnectionRetryFilter connectionRetryFilter)
        {
            builder.Services.AddSingleton(connectionRetryFilter);
            return builder;
        }

        public static IClientBuilder UseConnectionRetryFilter<TConnectionRetryFilter>(this IClientBuilder builder)
            where TConnectionRetryFilter : class, IClientConnectionRetryFilter
        {
            builder.Services.AddSingleton<IClientConnectionRetryFilter, TConnectionRetryFilter>();
            return builder;
        }

        public static IClientBuilder UseLocalhostClustering(
            this IClientBuilder builder, int gatewayPort = 30000, string serviceId = "dev", string clusterId = "dev")
            => builder.UseLocalhostClustering([gatewayPort], serviceId, clusterId);

        public static IClientBuilder UseLocalhostClustering(
            this IClientBuilder builder, int[] gatewayPorts, string serviceId = "dev", string clusterId = "dev")
            => builder
                .UseStaticClustering(Array.ConvertAll(gatewayPorts, port => new IPEndPoint(IPAddress.Loopback, port)))
                .Configure<ClusterOptions>(options =>
                {
                    options.ServiceId = serviceId;
                    options.ClusterId = clusterId;
                });

        public static IClientBuilder UseStaticClustering(this IClientBuilder builder, params IPEndPoint[] endpoints)
            => builder.UseStaticClustering((StaticGatewayListProviderOptions options) =>
            {
                foreach (var endpoint in endpoints)
                {
                    options.Gateways.Add(new Uri($"gwy.tcp://{endpoint}/0"));
                }
            });

        public static IClientBuilder UseStaticClustering(
            this IClientBuilder builder, Action<StaticGatewayListProviderOptions> configureOptions)
            => builder.UseStaticClustering((OptionsBuilder<StaticGatewayListProviderOptions> options) => options.Configure(configureOptions));

        public static IClientBuilder UseStaticClustering(
            this IClientBuilder builder, Action<OptionsBuilder<StaticGatewayListProviderOptions>> configureOptions)
        {
            configureOptions(builder.Services.AddOptions<StaticGatewayListProviderOptions>());
            builder.Services.AddSingleton<IGatewayListProvider, StaticGatewayListProvider>();
            return builder;
        }

        private sealed class DelegateRetryFilter(Func<Exception, CancellationToken, Task<bool>> filter) : IClientConnectionRetryFilter
        {
            public Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
                => filter(exception, cancellationToken);
        }
    }
}

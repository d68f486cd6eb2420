#if ORLEANS_DASHBOARD
using Orleans.Dashboard;
#endif
using Orleans.Hosting;

namespace Doozer.Silo.Serve;

/// <summary>Orleans' own dashboard below <c>/dashboard</c>, where the build has it.</summary>
internal static class Dashboard
{
    /// <summary>Where it is; null in a build without it.</summary>
    public static string? Path =>
#if ORLEANS_DASHBOARD
        "/dashboard";
#else
        null;
#endif

    public static void Add(ISiloBuilder silo)
    {
#if ORLEANS_DASHBOARD
        silo.AddDashboard();
        StartAfterTheSilo(silo.Services);
#endif
    }

    public static void Map(IEndpointRouteBuilder endpoints)
    {
#if ORLEANS_DASHBOARD
        endpoints.MapOrleansDashboard(Path!);
#endif
    }

#if ORLEANS_DASHBOARD
    // It calls grains when it starts, which fails as long as the silo, which starts at the same time, has not.
    private static void StartAfterTheSilo(IServiceCollection services)
    {
        ServiceDescriptor[] hosted =
            [.. services.Where(s => s.ServiceType == typeof(IHostedService) && From(s)?.Assembly.GetName().Name == "Orleans.Dashboard")];
        foreach (ServiceDescriptor service in hosted)
        {
            services.Remove(service);
            services.AddSingleton<IHostedService>(provider => new StartedLate(
                (IHostedService)(service.ImplementationFactory?.Invoke(provider)
                    ?? ActivatorUtilities.CreateInstance(provider, service.ImplementationType!)),
                provider.GetRequiredService<IHostApplicationLifetime>()));
        }
    }

    // Orleans releases differ in whether they register it by its type or by a function.
    private static Type? From(ServiceDescriptor service) => service.ImplementationType ?? service.ImplementationFactory?.Method.DeclaringType;

    private sealed class StartedLate(IHostedService inner, IHostApplicationLifetime lifetime) : IHostedService, IAsyncDisposable
    {
        private Task _started = Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.ApplicationStarted.Register(() => _started = inner.StartAsync(lifetime.ApplicationStopping));
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await _started.WaitAsync(cancellationToken);
            await inner.StopAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => inner is IAsyncDisposable disposable ? disposable.DisposeAsync() : ValueTask.CompletedTask;
    }
#endif
}

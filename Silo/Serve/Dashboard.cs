using Doozer.Silo.Http;
using Orleans.Dashboard;

namespace Doozer.Silo.Serve;

/// <summary>
/// Orleans' own dashboard below <c>/dashboard</c>, for nodes that are told to have it: it measures every call of a grain.
/// </summary>
internal static class Dashboard
{
    private const string Path = "/dashboard";

    public static void Add(ISiloBuilder silo)
    {
        silo.AddDashboard();
        StartAfterTheSilo(silo.Services);
    }

    public static void Map(IEndpointRouteBuilder endpoints, bool isOn)
    {
        if (isOn)
            endpoints.MapOrleansDashboard(Path);
        else
            endpoints.MapGet(Path, Off);
    }

    private static Task Off(HttpContext context) =>
        Problems.Write(context, Problems.Create(
            StatusCodes.Status404NotFound,
            "unknown-url",
            $"This node has no dashboard: start it with --{NodeSettings.DashboardName}."));

    // It calls grains when it starts, which fails as long as the silo, which starts at the same time, has not.
    private static void StartAfterTheSilo(IServiceCollection services)
    {
        ServiceDescriptor[] hosted =
        [
            .. services.Where(service =>
                service.ServiceType == typeof(IHostedService) && From(service)?.Assembly.GetName().Name == "Orleans.Dashboard"),
        ];
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
    private static Type? From(ServiceDescriptor service) =>
        service.ImplementationType ?? service.ImplementationFactory?.Method.DeclaringType;

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

        public ValueTask DisposeAsync() =>
            inner is IAsyncDisposable disposable ? disposable.DisposeAsync() : ValueTask.CompletedTask;
    }
}

using Doozer.Silo.Http;
using Orleans.Dashboard;

namespace Doozer.Silo.Serve;

/// <summary>
/// Orleans' own dashboard below <c>/dashboard</c>, for nodes that are told to have it: it measures every call of a grain.
/// </summary>
internal static class Dashboard
{
    public const string Path = "/dashboard";

    public static void Add(ISiloBuilder silo)
    {
        silo.AddDashboard();
        StartAfterTheSilo(silo.Services);
    }

    public static void Map(WebApplication app, string node)
    {
        // It asks grains, and would answer with a stack trace as long as there are none.
        CancellationToken started = app.Lifetime.ApplicationStarted;
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments(Path) && !started.IsCancellationRequested,
            branch => branch.Run(context =>
                Problems.Write(context, Problems.Of(new NodeUnavailableException(node, NodeHost.IsStarting)))));
        app.MapOrleansDashboard(Path);
    }

    /// <summary>Says why there is none.</summary>
    public static void MapOff(WebApplication app) => app.MapGet(Path, context =>
        Problems.Write(context, Problems.Create(
            StatusCodes.Status404NotFound,
            "unknown-url",
            $"This node has no dashboard: start it with --{NodeSettings.DashboardName}.")));

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

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Execution;
using Orleans.Lifecycle;
using Orleans.Membership;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>What a silo is made of.</summary>
internal static class SiloServices
{
    public static void Add(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(SiloEngine)))
        {
            return;
        }

        services.AddOptions();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LocalSilo>();
        services.AddSingleton<ILocalSiloDetails>(provider => provider.GetRequiredService<LocalSilo>());
        services.AddSingleton<GrainClasses>();
        services.AddSingleton<SiloEngine>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<SiloEngine>());
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<SiloEngine>());
        services.AddSingleton<MembershipView>();
        services.AddSingleton<MembershipAgent>();
        services.AddSingleton<ProbeMonitor>();
        services.AddSingleton<IClusterMembershipService, ClusterMembershipService>();
        services.TryAddSingleton<IFatalErrorHandler, FatalErrorHandler>();
        services.AddSingleton<LifecycleSubject>();
        services.AddSingleton<ISiloLifecycle>(provider => provider.GetRequiredService<LifecycleSubject>());
        services.AddSingleton<SiloStages>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<SiloStages>());
        services.AddScoped<IGrainContext>(_ => Activation.Current
            ?? throw new InvalidOperationException("There is no grain context outside of a grain's constructor."));
        services.AddSingleton<SiloHost>();
        services.AddHostedService(provider => provider.GetRequiredService<SiloHost>());
    }

    public static void AddDevelopmentClustering(IServiceCollection services)
        => services.TryAddSingleton<IMembershipTable, DevelopmentMembershipTable>();

    /// <summary>Ends a silo as the end of its process would.</summary>
    public static void Kill(IServiceProvider services) => services.GetRequiredService<SiloHost>().Kill();
}

/// <summary>Starts and stops the silo with its host.</summary>
internal sealed class SiloHost(
    LifecycleSubject lifecycle,
    SiloStages stages,
    IEnumerable<ILifecycleParticipant<ISiloLifecycle>> participants) : IHostedService
{
    private int _ended;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var participant in participants)
        {
            participant.Participate(lifecycle);
        }

        await lifecycle.OnStart(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken)
        => Interlocked.Exchange(ref _ended, 1) == 0 ? lifecycle.OnStop(cancellationToken) : Task.CompletedTask;

    public void Kill()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            stages.Kill();
        }
    }
}

/// <summary>A silo that cannot go on ends its process, as Orleans does: a supervisor starts it anew.</summary>
internal sealed partial class FatalErrorHandler(Microsoft.Extensions.Logging.ILogger<FatalErrorHandler> logger) : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => exception is not ThreadInterruptedException;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        LogFatal(exception, context);
        Environment.FailFast(context, exception);
    }

    [Microsoft.Extensions.Logging.LoggerMessage(
        Level = Microsoft.Extensions.Logging.LogLevel.Critical, Message = "The silo cannot go on: {Context}")]
    private partial void LogFatal(Exception? exception, string? context);
}

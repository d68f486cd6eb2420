#pragma warning disable
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
namespace Orleans.Execution
{
    internal sealed class GrainTimer : IGrainTimer { public void Change(TimeSpan a, TimeSpan b) { } public void Dispose() { } }
    internal abstract class Activation : IGrainContext
    {
        public static Activation? Current => null;
        public GrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) => throw new NotImplementedException();
        public abstract GrainId GrainId { get; } public abstract GrainReference GrainReference { get; } public abstract object? GrainInstance { get; } public abstract IServiceProvider ActivationServices { get; } public abstract IWorkItemScheduler Scheduler { get; } public abstract Task Deactivated { get; } public abstract void Deactivate(DeactivationReason r, CancellationToken c);
    }
}
namespace Orleans.Messaging
{
    internal interface IRequestSender { object CreateReference(Type t, GrainId g, SiloAddress? s); }
    internal sealed class StaticGatewayListProvider : IGatewayListProvider { public TimeSpan MaxStaleness => default; public bool IsUpdatable => true; public Task InitializeGatewayListProvider() => Task.CompletedTask; public Task<IList<Uri>> GetGateways() => throw new NotImplementedException(); }
}
namespace Orleans.Hosting
{
    internal static class SiloServices { public static void Add(IServiceCollection s) { } public static void AddDevelopmentClustering(IServiceCollection s) { } public static void Kill(IServiceProvider s) { } }
    internal static class ClientServices { public static void Add(IServiceCollection s) { } }
}

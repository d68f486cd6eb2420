using Orleans.Runtime;

namespace Orleans.Runtime
{
    public interface IAddressable;

    public interface IGrainContext
    {
        GrainId GrainId { get; }

        GrainReference GrainReference { get; }

        object? GrainInstance { get; }

        IServiceProvider ActivationServices { get; }

        IWorkItemScheduler Scheduler { get; }

        /// <summary>Completes when the activation is gone.</summary>
        Task Deactivated { get; }

        void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
    }

    public interface IWorkItemScheduler
    {
        void QueueAction(Action action);

        void QueueTask(Task task);
    }
}

namespace Orleans
{
    public interface IGrain : IAddressable;

    public interface IGrainWithStringKey : IGrain;

    public interface IGrainBase
    {
        IGrainContext GrainContext { get; }

        Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

        Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
    }

    public interface IGrainFactory
    {
        TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
            where TGrainInterface : IGrainWithStringKey;

        IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);
    }

    public interface IClusterClient : IGrainFactory
    {
        IServiceProvider ServiceProvider { get; }
    }
}

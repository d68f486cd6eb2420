using Microsoft.Extensions.DependencyInjection;
using Orleans.Execution;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Base class of grains. A grain that is constructed on its silo finds its context without being given one.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    protected Grain()
        => GrainContext = Activation.Current
            ?? throw new InvalidOperationException("A grain can only be created by its silo; get a reference from an IGrainFactory instead.");

    public IGrainContext GrainContext { get; }

    public GrainReference GrainReference => GrainContext.GrainReference;

    public string IdentityString => GrainContext.GrainId.ToString();

    protected IGrainFactory GrainFactory => ServiceProvider.GetRequiredService<IGrainFactory>();

    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Deactivates the grain once the requests that are running have ended.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);
}

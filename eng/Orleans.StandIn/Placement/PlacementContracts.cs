using Orleans.Metadata;
using Orleans.Runtime;

namespace Orleans.Placement
{
    [AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
    public abstract class PlacementAttribute : Attribute, IGrainPropertiesProviderAttribute
    {
        protected PlacementAttribute(PlacementStrategy placement)
        {
            ArgumentNullException.ThrowIfNull(placement);
            PlacementStrategy = placement;
        }

        public PlacementStrategy PlacementStrategy { get; }

        public virtual void Populate(IServiceProvider services, Type grainClass, GrainType grainType, Dictionary<string, string> properties)
            => PlacementStrategy.PopulateGrainProperties(services, grainClass, grainType, properties);
    }
}

namespace Orleans.Runtime
{
    public abstract class PlacementStrategy
    {
        public virtual bool IsUsingGrainDirectory => true;

        public virtual void PopulateGrainProperties(
            IServiceProvider services, Type grainClass, GrainType grainType, Dictionary<string, string> properties)
            => properties["placement-strategy"] = GetType().Name;
    }

    internal sealed class StatelessWorkerPlacement(int maxLocal) : PlacementStrategy
    {
        public override bool IsUsingGrainDirectory => false;

        public int MaxLocal { get; } = maxLocal > 0
            ? maxLocal
            : throw new ArgumentOutOfRangeException(nameof(maxLocal), maxLocal, "A stateless worker needs at least one activation.");
    }
}

namespace Orleans.Runtime.Placement
{
    public interface IPlacementDirector
    {
        Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context);
    }

    public interface IPlacementContext
    {
        SiloAddress LocalSilo { get; }

        SiloStatus LocalSiloStatus { get; }

        SiloAddress[] GetCompatibleSilos(PlacementTarget target);
    }

    public readonly struct PlacementTarget
    {
        internal PlacementTarget(GrainId grainIdentity) => GrainIdentity = grainIdentity;

        public GrainId GrainIdentity { get; }
    }
}

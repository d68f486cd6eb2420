using Microsoft.Extensions.DependencyInjection;
using Orleans.GrainDirectory;
using Orleans.Runtime;

namespace Orleans.GrainDirectory
{
    /// <summary>Names the directory of a grain class. This engine places without directories, so it only has to exist.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class GrainDirectoryAttribute : Attribute
    {
        public GrainDirectoryAttribute(string grainDirectoryName) => GrainDirectoryName = grainDirectoryName;

        public string GrainDirectoryName { get; set; }
    }

    public interface IGrainDirectory
    {
        Task<GrainAddress?> Register(GrainAddress address);

        Task Unregister(GrainAddress address);

        Task<GrainAddress?> Lookup(GrainId grainId);

        Task UnregisterSilos(List<SiloAddress> siloAddresses);
    }
}

namespace Orleans.Runtime
{
    /// <summary>Where a grain is activated.</summary>
    public sealed class GrainAddress
    {
        public GrainId GrainId { get; init; }

        public SiloAddress? SiloAddress { get; init; }
    }
}

namespace Orleans.Runtime.Hosting
{
    public static class DirectorySiloBuilderExtensions
    {
        public static IServiceCollection AddGrainDirectory<T>(
            this IServiceCollection collection, string name, Func<IServiceProvider, string, T> implementationFactory)
            where T : class, IGrainDirectory =>
            collection.AddKeyedSingleton<IGrainDirectory>(name, (services, _) => implementationFactory(services, name));
    }
}

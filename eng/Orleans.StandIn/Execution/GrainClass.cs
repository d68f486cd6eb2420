using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Invocation;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Execution;

/// <summary>A class that implements a grain, and what its attributes say.</summary>
internal sealed class GrainClass
{
    private readonly Lazy<ObjectFactory> _factory;

    private GrainClass(Type type)
    {
        Type = type;
        GrainType = GrainType.Create(GrainInterface.DefaultTypeName(type.Name));
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: true);
        KeepsAlive = type.IsDefined(typeof(KeepAliveAttribute), inherit: true);
        Placement = type.GetCustomAttribute<PlacementAttribute>(inherit: true)?.PlacementStrategy;
        Interfaces = [.. type.GetInterfaces().Where(GrainInterface.IsGrainInterface)];
        _factory = new(() => ActivatorUtilities.CreateFactory(type, []));
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public bool IsReentrant { get; }

    public bool KeepsAlive { get; }

    /// <summary>Null for the default placement.</summary>
    public PlacementStrategy? Placement { get; }

    public Type[] Interfaces { get; }

    public Type MainInterface => Interfaces[0];

    public object Create(IServiceProvider services) => _factory.Value(services, []);

    /// <summary>All grain classes of the application.</summary>
    public static IEnumerable<GrainClass> Scan()
    {
        foreach (var type in ApplicationTypes.All)
        {
            if (type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
                && typeof(IAddressable).IsAssignableFrom(type)
                && typeof(IGrainBase).IsAssignableFrom(type))
            {
                var found = new GrainClass(type);
                if (found.Interfaces.Length > 0)
                {
                    yield return found;
                }
            }
        }
    }
}

/// <summary>Finds the class of a grain.</summary>
internal sealed class GrainClasses
{
    private readonly Dictionary<GrainType, GrainClass> _byType = [];
    private readonly Dictionary<Type, GrainClass> _byInterface = [];

    public GrainClasses()
    {
        foreach (var found in GrainClass.Scan())
        {
            _byType.TryAdd(found.GrainType, found);
            foreach (var type in found.Interfaces)
            {
                // A class that is named like the interface comes before others.
                if (GrainInterface.Of(type).GrainType == found.GrainType || !_byInterface.ContainsKey(type))
                {
                    _byInterface[type] = found;
                }
            }
        }
    }

    /// <summary>
    /// The class by the id's type, if that implements the interface, and otherwise by the interface: a client does not know the classes.
    /// </summary>
    public GrainClass? Find(GrainType type, Type interfaceType)
        => _byType.TryGetValue(type, out var byType) && interfaceType.IsAssignableFrom(byType.Type)
            ? byType
            : _byInterface.GetValueOrDefault(interfaceType);

    public uint[] UnorderedInterfaces()
        => [.. _byInterface.Where(pair => pair.Value.Placement is StatelessWorkerPlacement).Select(pair => GrainInterface.Of(pair.Key).Id)];

    /// <summary>The class whose name starts with the prefix and that implements the interface.</summary>
    public GrainClass? Find(Type interfaceType, string classNamePrefix)
    {
        foreach (var candidate in _byType.Values)
        {
            if (interfaceType.IsAssignableFrom(candidate.Type)
                && candidate.Type.FullName!.StartsWith(classNamePrefix, StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        return null;
    }
}

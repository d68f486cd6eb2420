using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Invocation;

/// <summary>A grain interface with its methods and its proxy. There is one for each interface in the process.</summary>
internal sealed class GrainInterface
{
    private static readonly ConcurrentDictionary<Type, GrainInterface> Known = new();
    private static readonly Lazy<Dictionary<uint, Type>> ById = new(Scan);

    private readonly Lazy<Func<Messaging.IRequestSender, GrainId, SiloAddress?, GrainInterface, GrainReference>> _proxy;
    private readonly Dictionary<uint, GrainMethod> _byId = [];

    private GrainInterface(Type type)
    {
        Type = type;
        Id = IdOf(type);
        GrainType = GrainType.Create(DefaultTypeName(type.Name));
        var methods = new List<GrainMethod>();
        foreach (var declaring in type.GetInterfaces().Prepend(type))
        {
            foreach (var method in declaring.GetMethods(BindingFlags.Instance | BindingFlags.Public))
            {
                methods.Add(GrainMethod.Create(method, Id));
            }
        }

        foreach (var method in methods)
        {
            if (!_byId.TryAdd(method.Id, method))
            {
                throw new NotSupportedException($"Two methods of {type} have the same name on the wire: give one of them an [Alias].");
            }
        }

        Methods = [.. methods];
        _proxy = new(() => ProxyEmitter.Emit(this));
    }

    public Type Type { get; }

    public uint Id { get; }

    /// <summary>The grain type that callers who do not know the class assume.</summary>
    public GrainType GrainType { get; }

    public GrainMethod[] Methods { get; }

    public static GrainInterface Of(Type type) => Known.GetOrAdd(type, static type => new GrainInterface(type));

    public static GrainInterface? Find(uint id) => ById.Value.TryGetValue(id, out var type) ? Of(type) : null;

    public GrainMethod? FindMethod(uint id) => _byId.GetValueOrDefault(id);

    public GrainReference CreateProxy(Messaging.IRequestSender sender, GrainId grainId, SiloAddress? silo)
        => _proxy.Value(sender, grainId, silo, this);

    /// <summary>As Orleans names grain types: lower case, without the I of interfaces and the suffix Grain.</summary>
    public static string DefaultTypeName(string name)
    {
        var generic = name.IndexOf('`');
        var bare = generic < 0 ? name : name[..generic];
        bare = bare.Length > 1 && bare[0] == 'I' && char.IsUpper(bare[1]) ? bare[1..] : bare;
        bare = bare.Length > 5 && bare.EndsWith("Grain", StringComparison.Ordinal) ? bare[..^5] : bare;
        return bare.ToLowerInvariant();
    }

    public static bool IsGrainInterface(Type type)
        => type.IsInterface && !type.IsGenericTypeDefinition && typeof(IAddressable).IsAssignableFrom(type)
            && type != typeof(IAddressable) && type != typeof(IGrain) && type != typeof(IGrainWithStringKey);

    private static uint IdOf(Type type) => StableHash.Compute(type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.FullName!);

    private static Dictionary<uint, Type> Scan()
    {
        var found = new Dictionary<uint, Type>();
        foreach (var type in ApplicationTypes.All)
        {
            if (IsGrainInterface(type))
            {
                found.TryAdd(IdOf(type), type);
            }
        }

        return found;
    }
}

using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.Serialization;

/// <summary>The types that a message may name: the application's serializable types, primitives, and exceptions that are loaded.</summary>
internal static class SerializableTypes
{
    private const int MostNames = 4096;

    private static readonly ConcurrentDictionary<Type, string> Names = new();
    private static readonly ConcurrentDictionary<string, Type?> Exceptions = new();
    private static readonly Lazy<Dictionary<string, Type>> ByName = new(Scan);

    public static string NameOf(Type type) => Names.GetOrAdd(type, static type =>
    {
        if (Primitives.TryGet(type) is null && !typeof(Exception).IsAssignableFrom(type)
            && !type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
        {
            throw new NotSupportedException($"The type {type} cannot be serialized: mark it with [GenerateSerializer] and its members with [Id].");
        }

        return type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? type.FullName!;
    });

    public static Type? Find(string name) => ByName.Value.GetValueOrDefault(name) ?? Primitives.TryFind(name);

    public static Type? FindException(string name)
    {
        if (Exceptions.TryGetValue(name, out var known))
        {
            return known;
        }

        var type = Find(name);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            type ??= assembly.GetType(name, throwOnError: false);
        }

        // An AggregateException without its list of exceptions cannot even show its message.
        if (type is not null && (!typeof(Exception).IsAssignableFrom(type) || type.IsAbstract || type.IsGenericTypeDefinition
            || typeof(AggregateException).IsAssignableFrom(type)))
        {
            type = null;
        }

        if (Exceptions.Count < MostNames)
        {
            Exceptions[name] = type;
        }

        return type;
    }

    private static Dictionary<string, Type> Scan()
    {
        var found = new Dictionary<string, Type>();
        foreach (var type in ApplicationTypes.All)
        {
            if (!type.IsGenericTypeDefinition && type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
            {
                found.TryAdd(NameOf(type), type);
            }
        }

        return found;
    }
}

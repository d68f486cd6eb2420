using System.Reflection;

namespace Orleans.Serialization;

/// <summary>A member that is serialized: a field, the field behind an automatic property, or a property with both accessors.</summary>
internal readonly record struct Member(Type Type, FieldInfo? Field, MethodInfo? Getter, MethodInfo? Setter);

internal static class Members
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The serialized members of a type in the order they are written: base types first, then by id.</summary>
    public static List<Member> Of(Type type)
    {
        var members = new List<Member>();
        Collect(type, members);
        return members;
    }

    private static void Collect(Type type, List<Member> members)
    {
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Exception))
        {
            Collect(parent, members);
        }

        if (CodecFactory.IsValueTuple(type))
        {
            members.AddRange(type.GetFields(Declared).OrderBy(field => field.Name, StringComparer.Ordinal)
                .Select(field => new Member(field.FieldType, field, null, null)));
            return;
        }

        var found = new SortedDictionary<long, Member>();
        foreach (var field in type.GetFields(Declared))
        {
            if (field.GetCustomAttribute<IdAttribute>() is { } id)
            {
                Add(found, type, id.Id, new Member(field.FieldType, field, null, null));
            }
        }

        var positional = PositionalParameters(type);
        foreach (var property in type.GetProperties(Declared))
        {
            var position = positional.IndexOf(property.Name);
            if (property.GetCustomAttribute<IdAttribute>() is { } id)
            {
                Add(found, type, id.Id, Property(type, property));
            }
            else if (position >= 0)
            {
                // Positional members of a record without an id come before those that have one.
                Add(found, type, position - positional.Count, Property(type, property));
            }
        }

        members.AddRange(found.Values);
    }

    private static void Add(SortedDictionary<long, Member> found, Type type, long id, Member member)
    {
        if (!found.TryAdd(id, member))
        {
            throw new NotSupportedException($"The type {type} has two members with [Id({id})].");
        }
    }

    private static Member Property(Type type, PropertyInfo property)
    {
        if (type.GetField($"<{property.Name}>k__BackingField", Declared) is { } field)
        {
            return new Member(property.PropertyType, field, null, null);
        }

        return property is { GetMethod: { } getter, SetMethod: { } setter }
            ? new Member(property.PropertyType, null, getter, setter)
            : throw new NotSupportedException($"The property {type}.{property.Name} has an [Id] but cannot be both read and set.");
    }

    private static List<string?> PositionalParameters(Type type)
    {
        var isRecord = type.GetMethod("PrintMembers", Declared) is not null;
        var constructor = isRecord
            ? type.GetConstructors(Declared).Where(c => c.GetParameters() is not [var only] || only.ParameterType != type)
                .MaxBy(c => c.GetParameters().Length)
            : null;
        return constructor?.GetParameters().Select(parameter => parameter.Name).ToList() ?? [];
    }
}

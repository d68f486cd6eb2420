using System.Reflection;

namespace Doozer.Tests.StandIn;

/// <summary>Where the real packages are: nothing public in the stand-in may be missing from them or look different there.</summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    [Fact]
    public void Every_public_member_of_the_stand_in_exists_in_Orleans()
    {
        var path = typeof(PublicSurfaceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "OrleansStandIn").Value!;
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        using var context = new MetadataLoadContext(new PathAssemblyResolver([path, .. platform]));
        var real = Directory.GetFiles(AppContext.BaseDirectory, "Orleans.*.dll")
            .Where(file => Path.GetFileName(file) != Path.GetFileName(path))
            .SelectMany(file => Assembly.LoadFrom(file).GetExportedTypes())
            .ToDictionary(type => type.FullName!);
        real.Count.ShouldBeGreaterThan(1000);

        var mine = context.LoadFromAssemblyPath(path).GetExportedTypes();
        mine.Length.ShouldBeGreaterThan(50);

        var differences = mine
            .SelectMany(type => real.TryGetValue(type.FullName!, out var other) ? Differences(type, other) : [$"no type {type}"])
            .ToList();

        differences.ShouldBeEmpty();
    }

    private static IEnumerable<string> Differences(Type mine, Type real)
    {
        if (Kind(mine) != Kind(real))
        {
            yield return $"{mine} is a {Kind(mine)}, not a {Kind(real)}";
        }

        if (mine is { IsClass: true, BaseType: { } parent } && parent.IsVisible && !Ancestors(real).Contains(parent.ToString()))
        {
            yield return $"{mine} has the base {parent}";
        }

        foreach (var type in mine.GetInterfaces().Where(type => type.IsVisible))
        {
            if (!real.GetInterfaces().Any(other => other.ToString() == type.ToString()))
            {
                yield return $"{mine} implements {type}";
            }
        }

        var members = Ancestry(real).SelectMany(type => type.GetMembers(All)).Where(IsVisible).Select(Signature).ToHashSet();
        foreach (var member in mine.GetMembers(Declared).Where(IsVisible))
        {
            if (!members.Contains(Signature(member)))
            {
                yield return $"{mine} has {Signature(member)}";
            }
        }
    }

    private static string Kind(Type type)
        => type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct"
            : type.BaseType?.FullName == typeof(MulticastDelegate).FullName ? "delegate"
            : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class" : "class";

    private static HashSet<string> Ancestors(Type type)
    {
        var names = new HashSet<string>();
        for (var parent = type.BaseType; parent is not null; parent = parent.BaseType)
        {
            names.Add(parent.ToString());
        }

        return names;
    }

    // The members of an interface's own bases count as its own.
    private static IEnumerable<Type> Ancestry(Type type) => type.IsInterface ? type.GetInterfaces().Prepend(type) : [type];

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        Type type => type.IsNestedPublic || type.IsNestedFamily,
        _ => false,
    };

    private static string Signature(MemberInfo member) => member switch
    {
        MethodInfo method => $"{method.ReturnType} {method.Name}`{method.GetGenericArguments().Length}({Parameters(method)})",
        ConstructorInfo constructor => $".ctor({Parameters(constructor)})",
        FieldInfo field => $"{field.FieldType} {field.Name} = {(field.IsLiteral ? field.GetRawConstantValue() : null)}",
        _ => member.Name,
    };

    private static string Parameters(MethodBase method)
        => string.Join(", ", method.GetParameters().Select(parameter => $"{parameter.ParameterType} {parameter.Name}"));
}

using System.Reflection;

namespace Orleans.Serialization;

/// <summary>The types of the assemblies that use Orleans: where grains, their interfaces and serializable types are looked for.</summary>
internal static class ApplicationTypes
{
    private static readonly Lazy<Type[]> Scanned = new(Scan);

    public static Type[] All => Scanned.Value;

    private static Type[] Scan()
    {
        var self = typeof(ApplicationTypes).Assembly;
        var seen = new HashSet<string> { self.GetName().Name! };
        var pending = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies());
        var types = new List<Type>(self.GetTypes());
        if (Assembly.GetEntryAssembly() is { } entry)
        {
            pending.Enqueue(entry);
        }

        while (pending.TryDequeue(out var assembly))
        {
            if (assembly.IsDynamic || !seen.Add(assembly.GetName().Name!) || IsPlatform(assembly.GetName().Name!))
            {
                continue;
            }

            var uses = false;
            foreach (var reference in assembly.GetReferencedAssemblies())
            {
                uses |= reference.Name == self.GetName().Name;
                if (!seen.Contains(reference.Name!) && !IsPlatform(reference.Name!) && TryLoad(reference) is { } loaded)
                {
                    pending.Enqueue(loaded);
                }
            }

            if (uses)
            {
                types.AddRange(LoadableTypes(assembly));
            }
        }

        return [.. types];
    }

    private static bool IsPlatform(string name)
        => name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal)
            || name is "System" or "netstandard" or "mscorlib";

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (Exception e) when (e is IOException or BadImageFormatException)
        {
            return null;
        }
    }

    private static IEnumerable<Type> LoadableTypes(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types.OfType<Type>();
        }
    }
}

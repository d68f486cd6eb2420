using System.Reflection;

namespace Doozer.Silo;

/// <summary>The version of this build: the project's, and of what is published the commit: <c>0.1.0+3c06e2e1a2b3</c>.</summary>
internal static class ProductVersion
{
    private const int CommitLength = 12;

    public static string Text { get; } = InShort(
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown");

    internal static string InShort(string version)
    {
        int end = version.IndexOf('+', StringComparison.Ordinal) + 1 + CommitLength;
        return end > CommitLength && end < version.Length ? version[..end] : version;
    }
}

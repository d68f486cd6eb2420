using System.Buffers;

namespace Doozer.Silo.Serve;

/// <summary>The rule for the names of nodes and clusters. An '@' would make a replica grain's key ambiguous.</summary>
internal static class Names
{
    private const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    public static string Check(string setting, string what, string name) =>
        name.Length is 0 or > MaxLength || name.AsSpan().ContainsAnyExcept(Allowed)
            ? throw new SettingsException(
                $"{setting}: the {what} '{name}' is not valid: use 1 to {MaxLength} letters, digits, '-' and '_'.")
            : name;
}

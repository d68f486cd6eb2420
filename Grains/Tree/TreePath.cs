using System.Buffers;

namespace Doozer.Tree;

/// <summary>
/// The rules of paths: absolute, names of ASCII letters, digits, <c>.</c>, <c>-</c> and <c>_</c> joined by single slashes.
/// </summary>
internal static class TreePath
{
    /// <summary>Longest path or glob, in bytes (and characters: both are ASCII).</summary>
    public const int MaxBytes = 1024;

    /// <summary>The root directory.</summary>
    public const string Root = "/";

    private const string Reserved = "/ctl";

    internal const string NameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";

    private static readonly SearchValues<char> Allowed = SearchValues.Create(NameCharacters + "/");

    /// <summary>
    /// Tells why a path is not valid, in words that complete "The path 'x' is not valid: ...", or null when it is.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="root">Whether <c>/</c> will do: it is always a directory, so it can be listed but not written.</param>
    public static string? Invalid(string? path, bool root = false)
    {
        if (string.IsNullOrEmpty(path))
            return "it is empty";
        if (path[0] != '/')
            return "it does not start with '/'";
        if (path.Length > MaxBytes)
            return $"it is longer than {MaxBytes} bytes";
        if (path.Length == 1)
            return root ? null : "it is the root directory, not a file";

        int bad = path.AsSpan().IndexOfAnyExcept(Allowed);
        return bad >= 0 ? NotAllowed(path[bad]) : InvalidNames(path);
    }

    /// <summary>Whether only the system may write the path: <c>/ctl</c> and what is below it.</summary>
    public static bool IsReserved(string path) =>
        path.StartsWith(Reserved, StringComparison.Ordinal) && (path.Length == Reserved.Length || path[Reserved.Length] == '/');

    /// <summary>The directory that a valid path other than the root is an entry of.</summary>
    public static ReadOnlySpan<char> Parent(ReadOnlySpan<char> path)
    {
        int slash = path.LastIndexOf('/');
        return slash == 0 ? path[..1] : path[..slash];
    }

    internal static string NotAllowed(char character) =>
        character is > ' ' and < (char)127
            ? $"the character '{character}' is not allowed"
            : $"the character U+{(int)character:X4} is not allowed";

    private static string? InvalidNames(ReadOnlySpan<char> path)
    {
        if (path[^1] == '/')
            return "it ends with '/'";

        ReadOnlySpan<char> rest = path[1..];
        while (true)
        {
            int slash = rest.IndexOf('/');
            ReadOnlySpan<char> name = slash < 0 ? rest : rest[..slash];
            if (name.IsEmpty)
                return "it has an empty name ('//')";
            // Browsers and HTTP clients resolve these before they send a URL, so such a file could not be reached.
            if (name is "." or "..")
                return $"the name '{name}' is not allowed";
            if (slash < 0)
                return null;
            rest = rest[(slash + 1)..];
        }
    }
}

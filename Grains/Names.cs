using System.Buffers;

namespace Doozer.Grains;

/// <summary>Names of nodes and namespaces, and the keys made of them.</summary>
internal static class Names
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>
    /// Pages about the cluster itself have URLs below this one's, so a namespace of that name would lack some of its own.
    /// </summary>
    private const string Reserved = "clustering";

    /// <summary>Longest name of a node or namespace.</summary>
    public const int MaxLength = 64;

    public static SearchValues<char> NodeCharacters { get; } = SearchValues.Create(Alphanumeric + "-_");

    public static SearchValues<char> NamespaceCharacters { get; } = SearchValues.Create(Alphanumeric + "-_.");

    public static bool IsValid(string? name, SearchValues<char> characters) =>
        name is { Length: > 0 and <= MaxLength } && !name.AsSpan().ContainsAnyExcept(characters);

    /// <summary>The key of the replica of a namespace on a node: <c>namespace@node</c>.</summary>
    public static string ReplicaKey(string @namespace, string node) => $"{@namespace}@{node}";

    /// <summary>Takes a replica's key apart.</summary>
    /// <exception cref="InvalidNamespaceException">The key is not of the form <c>namespace@node</c>.</exception>
    public static (string Namespace, string Node) ParseReplicaKey(string key)
    {
        int at = key.LastIndexOf('@');
        if (at < 0)
            throw new InvalidNamespaceException(key, "a replica's key has the form namespace@node");
        string @namespace = key[..at];
        RequireNamespace(@namespace);
        return (@namespace, key[(at + 1)..]);
    }

    /// <exception cref="InvalidNamespaceException">The name is not valid.</exception>
    public static void RequireNamespace(string @namespace)
    {
        if (!IsValid(@namespace, NamespaceCharacters) || @namespace.All(c => c == '.'))
        {
            throw new InvalidNamespaceException(
                @namespace, "a name has 1 to 64 letters, digits, '-', '_' or '.', and not only dots");
        }

        if (@namespace.Equals(Reserved, StringComparison.OrdinalIgnoreCase))
            throw new InvalidNamespaceException(@namespace, "the name belongs to the system");
    }
}

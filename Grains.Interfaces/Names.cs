using System.Buffers;

namespace Doozer;

/// <summary>The rules for the names of nodes, clusters and namespaces, and the keys of grains that are made of them.</summary>
public static class Names
{
    /// <summary>Longest name of a node, cluster or namespace, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>The namespace that is there from a node's first start; any other begins with its first write.</summary>
    public const string Main = "main";

    // Pages about the cluster itself have URLs below this one's, so a namespace of that name would lack some of its own.
    private const string Reserved = "clustering";
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // An '@' would make a replica's key ambiguous.
    private static readonly SearchValues<char> OfNodes = SearchValues.Create(Alphanumeric + "-_");
    private static readonly SearchValues<char> OfNamespaces = SearchValues.Create(Alphanumeric + "-_.");

    /// <summary>
    /// Whether a node or a cluster may have a name: 1 to <see cref="MaxLength"/> ASCII letters, digits, <c>-</c> and <c>_</c>.
    /// </summary>
    /// <param name="name">The name.</param>
    public static bool IsNodeOrCluster(string? name) => IsMadeOf(name, OfNodes);

    /// <summary>
    /// Refuses what is no namespace's name: those are 1 to <see cref="MaxLength"/> ASCII letters, digits, <c>-</c>, <c>_</c> and
    /// <c>.</c>, not only dots, and not <c>clustering</c> in any case of letters, which belongs to the system.
    /// </summary>
    /// <param name="namespace">The name.</param>
    /// <exception cref="InvalidNamespaceException">The name is not valid.</exception>
    public static void RequireNamespace(string @namespace)
    {
        if (!IsMadeOf(@namespace, OfNamespaces) || @namespace.All(character => character == '.'))
        {
            throw new InvalidNamespaceException(
                @namespace, "a name has 1 to 64 letters, digits, '-', '_' or '.', and not only dots");
        }

        if (@namespace.Equals(Reserved, StringComparison.OrdinalIgnoreCase))
            throw new InvalidNamespaceException(@namespace, "the name belongs to the system");
    }

    /// <summary>The key of the replica of a namespace on a node: <c>namespace@node</c>.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="node">The node's id.</param>
    public static string ReplicaKey(string @namespace, string node) => $"{@namespace}@{node}";

    /// <summary>Takes a replica's key apart.</summary>
    /// <param name="key">What <see cref="ReplicaKey"/> returned.</param>
    /// <exception cref="InvalidNamespaceException">The key is not of the form <c>namespace@node</c>.</exception>
    public static (string Namespace, string Node) ParseReplicaKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int at = key.LastIndexOf('@');
        if (at < 0)
            throw new InvalidNamespaceException(key, "a replica's key has the form namespace@node");
        string @namespace = key[..at];
        RequireNamespace(@namespace);
        return (@namespace, key[(at + 1)..]);
    }

    private static bool IsMadeOf(string? name, SearchValues<char> characters) =>
        name is { Length: > 0 and <= MaxLength } && !name.AsSpan().ContainsAnyExcept(characters);
}

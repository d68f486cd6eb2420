using System.Buffers;

namespace Doozer;

/// <summary>The rules for the names of nodes, clusters and namespaces, and the keys of grains that are made of them.</summary>
public static class Names
{
    /// <summary>Longest name of a node, cluster or namespace, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>
    /// The namespace that is always there. Any other is made, and deleted, by whoever needs it; the list of them is kept in this
    /// one.
    /// </summary>
    public const string Main = "main";

    /// <summary>
    /// The directory of <see cref="Main"/> that has a file for each other namespace, whose revision is the one that the namespace
    /// was made at.
    /// </summary>
    public const string ListDirectory = "/ctl/namespace";

    // Pages about the cluster and the node have URLs of these names, so a namespace of such a name would lack some of its own.
    private static readonly string[] Reserved = ["clustering", "self"];
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // An '@' would make a replica's key ambiguous.
    private static readonly SearchValues<char> OfNodes = SearchValues.Create(Alphanumeric + "-_");
    private static readonly SearchValues<char> OfNamespaces = SearchValues.Create(Alphanumeric + "-_.");

    /// <summary>
    /// Whether a node or a cluster may have a name: 1 to <see cref="MaxLength"/> ASCII letters, digits, <c>-</c> and <c>_</c>.
    /// </summary>
    /// <param name="name">The name.</param>
    public static bool IsNodeOrCluster(string? name) => IsMadeOf(name, OfNodes);

    /// <summary>Whether a namespace may have a name; which, <see cref="RequireNamespace"/> says.</summary>
    /// <param name="name">The name.</param>
    public static bool IsNamespace(string? name) => Fault(name) is null;

    /// <summary>
    /// Refuses what is no namespace's name: those are 1 to <see cref="MaxLength"/> ASCII letters, digits, <c>-</c>, <c>_</c> and
    /// <c>.</c>, not only dots, and neither <c>clustering</c> nor <c>self</c> in any case of letters, which belong to the
    /// system.
    /// </summary>
    /// <param name="namespace">The name.</param>
    /// <exception cref="InvalidNamespaceException">The name is not valid.</exception>
    public static void RequireNamespace(string @namespace)
    {
        if (Fault(@namespace) is { } fault)
            throw new InvalidNamespaceException(@namespace, fault);
    }

    /// <summary>The key of the replica of a group on a node: <c>group@node</c>.</summary>
    /// <param name="group">The group, which is named after its namespace.</param>
    /// <param name="node">The node's id.</param>
    public static string ReplicaKey(string group, string node) => $"{group}@{node}";

    /// <summary>Takes a replica's key apart.</summary>
    /// <param name="key">What <see cref="ReplicaKey"/> returned.</param>
    /// <exception cref="InvalidNamespaceException">The key is not of the form <c>group@node</c>.</exception>
    public static (string Group, string Node) ParseReplicaKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int at = key.LastIndexOf('@');
        return at < 0
            ? throw new InvalidNamespaceException(key, "a replica's key has the form group@node")
            : (key[..at], key[(at + 1)..]);
    }

    private static string? Fault(string? name)
    {
        if (!IsMadeOf(name, OfNamespaces) || name!.All(character => character == '.'))
            return "a name has 1 to 64 letters, digits, '-', '_' or '.', and not only dots";
        return Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) ? "the name belongs to the system" : null;
    }

    private static bool IsMadeOf(string? name, SearchValues<char> characters) =>
        name is { Length: > 0 and <= MaxLength } && !name.AsSpan().ContainsAnyExcept(characters);
}

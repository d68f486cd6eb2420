using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Doozer.Node;

/// <summary>
/// Which nodes should vote in a namespace, and which of them should lead it: by rendezvous hashing (Thaler and Ravishankar,
/// 1998), so that all nodes have about as much to do, and when one comes or goes only what goes to it or was its moves.
/// </summary>
internal static class NodePreference
{
    /// <summary>The node of some that should lead; null when there are none.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="nodes">Those that can.</param>
    public static string? Leader(string @namespace, IEnumerable<string> nodes) => Ranked(@namespace, nodes).FirstOrDefault();

    /// <summary>The nodes of some that should vote, in ordinal order.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="replicas">How many it should have; all, when there are no more.</param>
    /// <param name="nodes">Those that can.</param>
    public static string[] Acceptors(string @namespace, int replicas, IReadOnlyCollection<string> nodes) =>
    [
        .. (nodes.Count <= replicas ? nodes : Ranked(@namespace, nodes).Take(replicas)).Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Ranked(string @namespace, IEnumerable<string> nodes) =>
        nodes.OrderByDescending(node => Weight(@namespace, node)).ThenBy(node => node, StringComparer.Ordinal);

    private static ulong Weight(string @namespace, string node) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{@namespace}\n{node}")));
}

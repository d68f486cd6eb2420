using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Doozer.Node;

/// <summary>
/// Which node should lead a namespace: by rendezvous hashing (Thaler and Ravishankar, 1998), so that all nodes lead about as
/// many, and when one comes or goes only those change that go to it or were its.
/// </summary>
internal static class LeaderPreference
{
    /// <summary>The node of some that should lead; null when there are none.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="nodes">Those that can.</param>
    public static string? Of(string @namespace, IEnumerable<string> nodes) =>
        nodes.OrderByDescending(node => Weight(@namespace, node)).ThenBy(node => node, StringComparer.Ordinal).FirstOrDefault();

    private static ulong Weight(string @namespace, string node) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{@namespace}\n{node}")));
}

using System.Text;

namespace Orleans.Runtime;

/// <summary>FNV-1a with a final mix: the same in every process, so that silos place a grain alike and agree on method ids.</summary>
internal static class StableHash
{
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var hash = 2166136261u;
        foreach (var b in data)
        {
            hash = (hash ^ b) * 16777619u;
        }

        return Mix(hash);
    }

    public static uint Compute(string text) => Compute(Encoding.UTF8.GetBytes(text));

    public static uint Mix(uint hash)
    {
        hash ^= hash >> 16;
        hash *= 0x85EBCA6B;
        hash ^= hash >> 13;
        hash *= 0xC2B2AE35;
        return hash ^ (hash >> 16);
    }
}

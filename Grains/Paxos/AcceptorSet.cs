using System.Numerics;

namespace Doozer.Paxos;

/// <summary>
/// Some acceptors, by their place in a list: a quorum system's, or a replica's peers. A set, so that an answer which arrives
/// twice counts once.
/// </summary>
internal readonly record struct AcceptorSet(ulong Bits)
{
    public static AcceptorSet None => default;

    public int Count => BitOperations.PopCount(Bits);

    public bool Contains(int index) => (Bits & (1UL << index)) != 0;

    public AcceptorSet With(int index) => new(Bits | (1UL << index));

    public AcceptorSet Without(int index) => new(Bits & ~(1UL << index));

    /// <summary>Those that are in both.</summary>
    public AcceptorSet Among(AcceptorSet other) => new(Bits & other.Bits);
}

using System.Numerics;

namespace Doozer.Paxos;

/// <summary>
/// Some of a quorum system's acceptors, by their index in it. A set, so that an answer which arrives twice counts once.
/// </summary>
internal readonly record struct AcceptorSet(ulong Bits)
{
    public static AcceptorSet None => default;

    public int Count => BitOperations.PopCount(Bits);

    public bool Contains(int index) => (Bits & (1UL << index)) != 0;

    public AcceptorSet With(int index) => new(Bits | (1UL << index));
}

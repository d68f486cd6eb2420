namespace Doozer.Paxos;

/// <summary>A quorum system of the group, with its number in the order in which they were chosen.</summary>
/// <param name="Epoch">The number: 0 for the system that the group began with, and one more with each change.</param>
/// <param name="FromSlot">The first slot that its acceptors decide.</param>
/// <param name="Quorums">The system.</param>
internal sealed record Configuration(long Epoch, long FromSlot, QuorumSystem Quorums);

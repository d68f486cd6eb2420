using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>Who leads, as this node knows it.</summary>
/// <param name="Leader">Node id, or null when it knows none.</param>
/// <param name="Ballot">The highest ballot promised.</param>
/// <param name="Since">The timestamp at which the leader became that one, or none.</param>
internal sealed record Leadership(string? Leader, Ballot Ballot, long Since);

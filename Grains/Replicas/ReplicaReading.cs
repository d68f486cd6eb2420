namespace Doozer.Replicas;

/// <summary>What a replica was like at one moment, for whoever measures it.</summary>
/// <param name="Status">What it tells everybody.</param>
/// <param name="InFlight">Slots that it has opened as the leader and that are not chosen yet.</param>
/// <param name="Sessions">Sessions that are open.</param>
internal sealed record ReplicaReading(ReplicaStatus Status, long InFlight, int Sessions);

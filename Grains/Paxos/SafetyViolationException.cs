namespace Doozer.Paxos;

/// <summary>
/// A rule of Paxos was seen broken: an acceptor lost what it had on disk, two nodes share a name, or there is a bug. The
/// replica must stop, since every further step could spread the damage.
/// </summary>
internal sealed class SafetyViolationException(string message) : Exception(message);

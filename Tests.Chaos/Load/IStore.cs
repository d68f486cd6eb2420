using Doozer.Simulation;

namespace Doozer.Chaos.Load;

/// <summary>What one attempt told of its operation.</summary>
internal enum Verdict
{
    /// <summary>It was done, here is the result.</summary>
    Done = 0,

    /// <summary>It was looked at and refused; every attempt with this request id will hear the same.</summary>
    Refused = 1,

    /// <summary>This attempt did nothing and never will.</summary>
    NotDone = 2,

    /// <summary>This attempt may have done it, or may yet.</summary>
    Unknown = 3,
}

/// <summary>What came of one attempt.</summary>
/// <param name="Verdict">What it tells.</param>
/// <param name="Reason">In a few words, for the report.</param>
/// <param name="Learned">The operation with its outcome; null if this attempt does not say.</param>
internal sealed record Attempt(Verdict Verdict, string Reason, Operation? Learned = null);

/// <summary>A way to the store. It has no patience of its own beyond an attempt: trying again is the client's business.</summary>
internal interface IStore
{
    /// <param name="operation">What to do, in its namespace.</param>
    /// <param name="request">Identity of a write, the same for all its attempts.</param>
    /// <param name="node">The node to ask, where that can be chosen.</param>
    /// <param name="cancellation">Gives the attempt up.</param>
    Task<Attempt> Try(Operation operation, Guid request, int node, CancellationToken cancellation);
}

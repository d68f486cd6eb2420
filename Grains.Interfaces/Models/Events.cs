namespace Doozer;

/// <summary>What a revision did.</summary>
public enum FileEventKind
{
    /// <summary>Wrote a file.</summary>
    Set = 1,

    /// <summary>Deleted a file.</summary>
    Del = 2,

    /// <summary>Changed nothing.</summary>
    Nop = 3,
}

/// <summary>One revision of the tree.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Kind">What it did.</param>
/// <param name="Path">To which file; <c>/</c> for a Nop.</param>
/// <param name="Body">The content written; empty for Del and Nop. The receiver's own.</param>
/// <param name="Session">Of a Set: the session that holds the file; 0 for none.</param>
/// <param name="End">The last revision of the transaction that it is part of; its own when it stands alone. All of a transaction
/// is seen when an event's revision is its end, or what follows is beyond it.</param>
[GenerateSerializer, Alias("Doozer.FileEvent")]
public sealed record FileEvent(
    [property: Id(0)] long Revision,
    [property: Id(1)] FileEventKind Kind,
    [property: Id(2)] string Path,
    [property: Id(3)] byte[] Body,
    [property: Id(4)] long Session,
    [property: Id(5)] long End);

/// <summary>The answer of <see cref="INamespaceGrain.Wait"/>.</summary>
/// <param name="Events">Matching events in order of their revisions; none when the time ran out.</param>
/// <param name="Next">Revision to go on from: every matching event before it has been delivered.</param>
[GenerateSerializer, Alias("Doozer.WaitResult")]
public sealed record WaitResult(
    [property: Id(0)] FileEvent[] Events,
    [property: Id(1)] long Next);

using System.Text;
using System.Text.Json.Serialization;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>What a client asked for. The names in a file are these in lower case.</summary>
internal enum OperationKind
{
    /// <summary>Write a whole file.</summary>
    Set = 0,

    /// <summary>Delete a file.</summary>
    Del = 1,

    /// <summary>Take a revision.</summary>
    Nop = 2,

    /// <summary>Read a file, linearizably.</summary>
    Get = 3,

    /// <summary>Read a file as the node that was asked has it.</summary>
    Local = 4,

    /// <summary>Read events from a revision on.</summary>
    Wait = 5,
}

/// <summary>What a client learned. The names in a file are these in lower case.</summary>
internal enum OperationOutcome
{
    /// <summary>It was done.</summary>
    Ok = 0,

    /// <summary>It was not done, and never will be.</summary>
    Failed = 1,

    /// <summary>Nobody can tell: it may have been done, or may yet be.</summary>
    Unknown = 2,
}

/// <summary>One revision, as a wait told of it or the log holds it.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Kind">Set, Del or Nop.</param>
/// <param name="Path">The file; <c>/</c> for a Nop.</param>
/// <param name="Value">What a Set wrote; else null.</param>
internal sealed record HistoryEvent(long Revision, OperationKind Kind, string Path, string? Value)
{
    /// <summary>An event as a client gets it.</summary>
    public static HistoryEvent From(FileEvent found) => found.Kind switch
    {
        FileEventKind.Set => new HistoryEvent(found.Revision, OperationKind.Set, found.Path, Encoding.UTF8.GetString(found.Body)),
        FileEventKind.Del => new HistoryEvent(found.Revision, OperationKind.Del, found.Path, null),
        _ => new HistoryEvent(found.Revision, OperationKind.Nop, found.Path, null),
    };

    /// <summary>An event as it should be.</summary>
    public static HistoryEvent From(PlainEvent found) => found.Kind switch
    {
        CommandKind.Set => new HistoryEvent(found.Revision, OperationKind.Set, found.Path, Encoding.UTF8.GetString(found.Body)),
        CommandKind.Del => new HistoryEvent(found.Revision, OperationKind.Del, found.Path, null),
        _ => new HistoryEvent(found.Revision, OperationKind.Nop, found.Path, null),
    };
}

/// <summary>
/// One operation of a client from its first attempt to the last: what was asked, when, and what the client learned. It is also a
/// line of a history file; docs/testing.md describes the format.
/// </summary>
internal sealed record Operation
{
    /// <summary>Who asked. One client may have several operations under way.</summary>
    public required string Client { get; init; }

    /// <summary>Where. Each namespace has revisions of its own.</summary>
    public string Namespace { get; init; } = "main";

    [JsonPropertyName("operation")]
    public required OperationKind Kind { get; init; }

    /// <summary>The file; a wait's glob; <c>/</c> for a Nop.</summary>
    public required string Path { get; init; }

    /// <summary>What a Set writes, unique in the history; what a read found, null for no file.</summary>
    public string? Value { get; init; }

    /// <summary>The revision that a write may replace at most, -1 for any; the first revision a wait asks for.</summary>
    public long Condition { get; init; } = -1;

    /// <summary>Microseconds on one clock for the whole history.</summary>
    public required long Start { get; init; }

    /// <summary>When the client knew the outcome. Nothing can be said of an operation that has none.</summary>
    public long? End { get; init; }

    public required OperationOutcome Outcome { get; init; }

    /// <summary>
    /// Done: the revision that a write took, that of the tree which a read saw, or the first that a wait did not look at.
    /// Failed: the file's revision that was in the way, or 0 if it was something else.
    /// </summary>
    public long Revision { get; init; }

    /// <summary>The revision of the file that a read found, 0 for no file.</summary>
    public long File { get; init; }

    /// <summary>Whether a write failed because there was no file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Absent { get; init; }

    /// <summary>What a wait found.</summary>
    public IReadOnlyList<HistoryEvent>? Events { get; init; }

    [JsonIgnore]
    public bool IsWrite => Kind <= OperationKind.Nop;

    public override string ToString()
    {
        string what = Kind is OperationKind.Set ? $"set {Path} = {Value}" : $"{Kind} {Path}";
        string end = End is null ? "" : $" to {End}";
        return $"{Client}: {what} (condition {Condition}), {Outcome} with revision {Revision}"
            + (IsWrite ? "" : $", file {File} = {Value ?? "none"}") + $", from {Start}{end}";
    }
}

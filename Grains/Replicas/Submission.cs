using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>Commands that were submitted together and wait for their results.</summary>
/// <param name="count">How many.</param>
/// <param name="begin">When, for the one who measures them.</param>
internal sealed class Submission(int count, long begin)
{
    private readonly TaskCompletionSource<SubmitResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CommandResult[] _results = new CommandResult[count];
    private int _added;

    public long Begin => begin;

    public Task<SubmitResult> Task => _completion.Task;

    public void Add(ApplyResult result) => _results[_added++] = ResultOf(result);

    public void Complete() => _completion.TrySetResult(new SubmitResult(SubmitStatus.Applied, "", _results));

    public void Fail(SubmitResult result) => _completion.TrySetResult(result);

    /// <summary>What callers are told.</summary>
    public static CommandResult ResultOf(ApplyResult result) =>
        new(OutcomeOf(result.Outcome), result.Revision, result.Change);

    private static CommandOutcome OutcomeOf(Outcome outcome) => outcome switch
    {
        Outcome.Done => CommandOutcome.Done,
        Outcome.RevisionMismatch => CommandOutcome.RevisionMismatch,
        Outcome.NotFound => CommandOutcome.NotFound,
        Outcome.IsDirectory => CommandOutcome.IsDirectory,
        Outcome.NotDirectory => CommandOutcome.NotDirectory,
        Outcome.StoreFull => CommandOutcome.StoreFull,
        Outcome.RequestIdReused => CommandOutcome.RequestIdReused,
        Outcome.RequestTooOld => CommandOutcome.RequestTooOld,
        Outcome.SessionExpired => CommandOutcome.SessionExpired,
        Outcome.SessionFull => CommandOutcome.SessionFull,
        _ => throw new InvalidOperationException($"The tree knows an outcome {outcome} that callers do not."),
    };
}

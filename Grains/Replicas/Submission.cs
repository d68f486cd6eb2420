namespace Doozer.Replicas;

/// <summary>Commands that were submitted together and wait for their results.</summary>
internal sealed class Submission(int count)
{
    private readonly TaskCompletionSource<SubmitResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CommandResult[] _results = new CommandResult[count];
    private int _added;

    public Task<SubmitResult> Task => _completion.Task;

    public bool IsFull => _added == _results.Length;

    public void Add(CommandResult result) => _results[_added++] = result;

    public void Complete() => _completion.TrySetResult(new SubmitResult(SubmitStatus.Applied, "", _results));

    public void Fail(SubmitResult result) => _completion.TrySetResult(result);
}

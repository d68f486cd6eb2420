using Orleans.Messaging;
using Orleans.Serialization;

namespace Orleans.Invocation;

/// <summary>A request that waits for its answer.</summary>
internal abstract class PendingCall
{
    /// <summary>A timestamp of the runtime's clock; after it the call fails.</summary>
    public long Deadline { get; init; }

    /// <summary>Takes the result, or the exception, that follows in the message.</summary>
    public abstract void Complete(FrameKind kind, Reader reader);

    public abstract void Fail(Exception exception);

    /// <summary>The deadline has passed.</summary>
    public abstract void Expire();
}

internal sealed class PendingCall<TResult>(GrainMethod<TResult> method, Runtime.GrainId target, TimeSpan timeout) : PendingCall
{
    // Answers arrive on a connection's reading loop, which must not run the caller's code.
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TResult> Task => _completion.Task;

    public void Complete(TResult result) => _completion.TrySetResult(result);

    public override void Complete(FrameKind kind, Reader reader)
    {
        try
        {
            if (kind == FrameKind.Response)
            {
                _completion.TrySetResult(Codec<TResult>.Instance.Read(reader));
            }
            else
            {
                Fail(ExceptionContent.Read(reader) ?? new InvalidDataException("An error message has no exception."));
            }
        }
        catch (Exception e)
        {
            Fail(new Runtime.OrleansException($"The answer to {method} on {target} cannot be read.", e));
        }
    }

    public override void Fail(Exception exception) => _completion.TrySetException(exception);

    public override void Expire() => Fail(new TimeoutException($"No answer to {method} on {target} within {timeout}."));

    public void Cancel(CancellationToken token) => _completion.TrySetCanceled(token);
}

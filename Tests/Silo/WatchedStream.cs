using System.Text;

namespace Doozer.Tests.Silo;

/// <summary>Collects what is written and tells when a text has appeared.</summary>
internal sealed class WatchedStream : MemoryStream
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _waiting = [];

    public string Text
    {
        get
        {
            lock (_lock)
                return Encoding.UTF8.GetString(ToArray());
        }
    }

    public Task Contains(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _waiting.Add((text, seen));
        Look();
        return seen.Task;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    // All other ways of writing lead here.
    public override void Write(byte[] buffer, int offset, int count)
    {
        lock (_lock)
            base.Write(buffer, offset, count);
        Look();
    }

    private void Look()
    {
        string text = Text;
        lock (_lock)
        {
            foreach ((string wanted, TaskCompletionSource seen) in _waiting)
            {
                if (text.Contains(wanted, StringComparison.Ordinal))
                    seen.TrySetResult();
            }
        }
    }
}

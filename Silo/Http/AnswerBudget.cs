namespace Doozer.Silo.Http;

/// <summary>
/// What the answers of a node may hold together: bytes that are written and not yet taken by the network, and event streams. Who
/// finds no room for bytes waits for its turn, in order; a client that does not read is cut off and gives its bytes back.
/// </summary>
internal sealed class AnswerBudget(HttpOptions options)
{
    private readonly Lock _lock = new();
    private readonly Queue<(int Bytes, TaskCompletionSource Turn)> _waiting = new();
    private long _bytes;
    private int _streams;

    /// <summary>Bytes on their way.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Event streams that are open.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Opens a stream, to be closed by <see cref="CloseStream"/>.</summary>
    /// <exception cref="OverloadedException">There are too many, or no byte is left to write any by.</exception>
    public void OpenStream()
    {
        lock (_lock)
        {
            if (_streams >= options.MaxEventStreams)
                throw new OverloadedException("event streams", options.MaxEventStreams);
            if (_waiting.Count > 0)
                throw new OverloadedException("bytes on their way to clients", options.MaxAnswerBytes);
            _streams++;
        }
    }

    public void CloseStream()
    {
        lock (_lock)
            _streams--;
    }

    /// <summary>Takes bytes if there is room, and nobody is waiting.</summary>
    public bool TryTake(int bytes)
    {
        lock (_lock)
        {
            if (_waiting.Count > 0 || !Fits(bytes))
                return false;
            _bytes += bytes;
            return true;
        }
    }

    /// <summary>
    /// Takes bytes as soon as there is room. Who waits here must not hold any, or all would wait for each other.
    /// </summary>
    public Task Take(int bytes)
    {
        lock (_lock)
        {
            if (TryTake(bytes))
                return Task.CompletedTask;
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((bytes, turn));
            return turn.Task;
        }
    }

    public void Return(int bytes)
    {
        lock (_lock)
        {
            _bytes -= bytes;
            while (_waiting.TryPeek(out (int Bytes, TaskCompletionSource Turn) next) && Fits(next.Bytes))
            {
                _bytes += next.Bytes;
                _waiting.Dequeue().Turn.SetResult();
            }
        }
    }

    private bool Fits(int bytes) => _bytes + bytes <= options.MaxAnswerBytes;
}

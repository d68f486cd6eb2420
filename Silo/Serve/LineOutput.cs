namespace Doozer.Silo.Serve;

/// <summary>
/// Lines on their way to a stream that may take none: its reader has stopped reading, or its disk is full. Nobody who writes
/// waits: a line that finds no room is dropped and counted, and how many were is said when the stream takes lines again.
/// </summary>
/// <remarks>A thread of its own writes, for it may hang for as long as the process lives.</remarks>
internal sealed class LineOutput
{
    private const int MaxWaitingCharacters = 1 << 20;

    private readonly Action<string> _write;
    private readonly object _gate = new();

    // A line, or how many lines that came after those before it were dropped.
    private List<(string? Line, long Dropped)> _waiting = [];
    private int _waitingCharacters;
    private long _dropped;
    private bool _isBroken;
    private TaskCompletionSource? _empty;

    /// <param name="write">Writes a text; may block, and may throw <see cref="IOException"/>.</param>
    /// <param name="name">What people call that.</param>
    public LineOutput(Action<string> write, string name)
    {
        _write = write;
        DroppedLine = dropped => $"{dropped} lines were dropped: {name} took no more.";
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Makes the line that says how many were dropped.</summary>
    public Func<long, string> DroppedLine { get; set; }

    /// <summary>Whether a line would be dropped now. Who asks, and then does not make one, calls <see cref="Drop"/>.</summary>
    public bool IsFull => Volatile.Read(ref _waitingCharacters) >= MaxWaitingCharacters;

    /// <summary>Lines that were dropped, and of which nothing was said yet.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Counts a line that was not made, since there was no room for it.</summary>
    public void Drop() => Interlocked.Increment(ref _dropped);

    /// <summary>Takes a line, without waiting for the stream.</summary>
    public void WriteLine(string line)
    {
        lock (_gate)
        {
            if (IsFull)
            {
                Drop();
                return;
            }

            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and long dropped)
                _waiting.Add((null, dropped));
            _waiting.Add((line, 0));
            _waitingCharacters += line.Length + 1;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits until all that was taken is written, or until the patience is at its end.</summary>
    public async Task Flush(TimeSpan patience, TimeProvider time)
    {
        Task empty;
        lock (_gate)
        {
            if (_waitingCharacters == 0)
                return;
            empty = (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await empty.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Run()
    {
        while (true)
        {
            List<(string? Line, long Dropped)> taken;
            lock (_gate)
            {
                while (_waiting.Count == 0)
                    Monitor.Wait(_gate);
                (taken, _waiting) = (_waiting, []);
            }

            foreach ((string? line, long dropped) in taken)
                Write(line, dropped);
            int done = taken.Sum(each => each.Line is { } line ? line.Length + 1 : 0);
            bool isLast;
            lock (_gate)
            {
                _waitingCharacters -= done;
                isLast = _waitingCharacters == 0;
            }

            // No line may come that would bring it along.
            if (isLast && Interlocked.Exchange(ref _dropped, 0) is > 0 and long untold)
                Write(null, untold);
            if (isLast)
                Interlocked.Exchange(ref _empty, null)?.SetResult();
        }
    }

    private void Write(string? line, long dropped)
    {
        if (!TryWrite((line ?? DroppedLine(dropped)) + "\n"))
            Interlocked.Add(ref _dropped, line is null ? dropped : 1);
    }

    private bool TryWrite(string line)
    {
        try
        {
            // A disk that is full may have taken half of a line.
            _write(_isBroken ? "\n" + line : line);
            _isBroken = false;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _isBroken = true;
            return false;
        }
    }
}

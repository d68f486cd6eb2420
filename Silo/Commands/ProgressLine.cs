using System.Globalization;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary>
/// A line on a terminal that tells how far something is that takes long: it comes after two seconds, is written anew each second,
/// and is gone in the end. Where standard error is no terminal there is none. Any thread.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TextWriter _error;
    private readonly Func<string> _describe;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly ITimer? _timer;
    private int _length;
    private bool _isOver;

    /// <param name="console">Where to.</param>
    /// <param name="describe">Tells how far it is; from another thread.</param>
    /// <param name="time">The clock.</param>
    public ProgressLine(CommandConsole console, Func<string> describe, TimeProvider time)
    {
        _error = console.Error;
        _describe = describe;
        _time = time;
        _began = time.GetTimestamp();
        _timer = console.IsErrorSeen ? time.CreateTimer(_ => Show(), null, Delay, Timeout.InfiniteTimeSpan) : null;
    }

    /// <summary>Makes room for another line.</summary>
    public void Hide()
    {
        lock (_lock)
        {
            if (_length > 0)
                _error.Write($"\r{new string(' ', _length)}\r");
            _length = 0;
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _isOver = true;
        _timer?.Dispose();
        Hide();
    }

    /// <summary>A number of bytes as people say it.</summary>
    public static string Size(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");

    private void Show()
    {
        string line = Printable.Line($"doozer: {_describe()}, {_time.GetElapsedTime(_began).TotalSeconds:0} s");
        lock (_lock)
        {
            if (_isOver)
                return;

            // A shorter one must not leave the end of a longer one behind.
            _error.Write("\r" + line.PadRight(_length));
            _length = line.Length;
            _timer?.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }
}

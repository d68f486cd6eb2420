using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Cluster;

/// <summary>Keeps what is logged, and tells when a line has been.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    // A test that waits for ever would take all others with it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Part, int Missing, TaskCompletionSource Seen)> _waiting = [];

    /// <summary>
    /// Completes when so many lines that contain the part have been logged; fails when they have not been in a minute.
    /// </summary>
    public Task Contains(string part, int times = 1)
    {
        lock (_lock)
        {
            int missing = times - Count(part);
            if (missing <= 0)
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((part, missing, seen));
            return seen.Task.WaitAsync(Patience);
        }
    }

    /// <summary>How many lines have been logged that contain the part.</summary>
    public int Count(string part)
    {
        lock (_lock)
            return _lines.Count(line => line.Contains(part, StringComparison.Ordinal));
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        string line = formatter(state, exception);
        lock (_lock)
        {
            _lines.Add(line);
            for (int i = 0; i < _waiting.Count; i++)
            {
                if (!line.Contains(_waiting[i].Part, StringComparison.Ordinal))
                    continue;
                _waiting[i] = _waiting[i] with { Missing = _waiting[i].Missing - 1 };
                if (_waiting[i].Missing == 0)
                    _waiting[i].Seen.SetResult();
            }
        }
    }

    public void Dispose()
    {
    }
}

using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Cluster;

/// <summary>Keeps what is logged, and tells when a line has been.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    // A test that waits for ever would take all others with it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Part, TaskCompletionSource Seen)> _waiting = [];

    /// <summary>Completes when a line that contains the part has been logged; fails when none has been in a minute.</summary>
    public Task Contains(string part)
    {
        lock (_lock)
        {
            if (_lines.Any(line => line.Contains(part, StringComparison.Ordinal)))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((part, seen));
            return seen.Task.WaitAsync(Patience);
        }
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
            foreach ((_, TaskCompletionSource seen) in _waiting.Where(w => line.Contains(w.Part, StringComparison.Ordinal)))
                seen.TrySetResult();
        }
    }

    public void Dispose()
    {
    }
}

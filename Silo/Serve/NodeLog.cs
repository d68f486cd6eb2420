using Doozer.Silo.Commands;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Doozer.Silo.Serve;

/// <summary>
/// What a node says, on standard output and on standard error. It never waits for whoever reads that. The console logger of the
/// framework does: once a write has failed, it writes in the caller's turn.
/// </summary>
[ProviderAlias("Console")]
internal sealed class NodeLog : ILoggerProvider
{
    /// <summary>For the last lines of a node that ends.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly LineOutput _output;
    private readonly LineOutput _errors;
    private ConsoleFormatter _format;

    public NodeLog(CommandConsole console, TimeProvider time)
    {
        _time = time;
        _format = new LineFormatter(time);
        _output = new LineOutput(text => console.Output.Write(System.Text.Encoding.UTF8.GetBytes(text)), "standard output")
        {
            DroppedLine = dropped => Line(
                LogLevel.Warning, $"{dropped} lines of this log were dropped: nobody read standard output, or its disk was full"),
        };
        _errors = new LineOutput(console.Error.Write, "standard error");
    }

    /// <summary>Each message as an object of JSON from now on.</summary>
    public void UseJson() => _format = new JsonFormatter(_time);

    /// <summary>Says what everybody is to know, whatever level the log has.</summary>
    public void Say(string text) => _output.WriteLine(Line(LogLevel.Information, text));

    /// <summary>Tells a person in one line what is wrong.</summary>
    public void Complain(string message) => _errors.WriteLine("doozer: " + Printable.Line(message));

    /// <summary>Writes a text for people, of a line or more, to standard error.</summary>
    public void WriteError(string text) => _errors.WriteLine(text);

    /// <summary>Waits a moment for what was said to be written.</summary>
    public Task Flush() => Task.WhenAll(_output.Flush(Patience, _time), _errors.Flush(Patience, _time));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // The last lines are said when everything else is disposed.
    }

    private string Line(LogLevel level, string text) =>
        Line(new LogEntry<string>(level, "Doozer", default, text, null, static (state, _) => state));

    private string Line<TState>(in LogEntry<TState> entry)
    {
        using var text = new StringWriter { NewLine = "\n" };
        _format.Write(entry, scopeProvider: null, text);
        return text.ToString().TrimEnd('\n');
    }

    private sealed class Logger(NodeLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // What nobody will read is not even made: a node must not get slow by it.
            if (log._output.IsFull)
                log._output.Drop();
            else
                log._output.WriteLine(log.Line(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter)));
        }
    }
}

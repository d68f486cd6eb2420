using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Doozer.Silo.Serve;

/// <summary>
/// One line a message: date and time (UTC, ISO 8601), level, text, and for others' messages whose they are. An exception follows
/// in short, and in full only from Error up, where nobody foresaw it, and for Debug.
/// </summary>
internal sealed class LineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "doozer";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write($"{Time(time)} {LevelName(logEntry.LogLevel),-5} ");
        string text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(logEntry.Category.StartsWith("Doozer", StringComparison.Ordinal)
            ? Printable.Line(text)
            : $"[{logEntry.Category}] {text}");
        if (logEntry.Exception is { } exception)
        {
            if (logEntry.LogLevel is >= LogLevel.Error or <= LogLevel.Debug)
            {
                textWriter.WriteLine();
                textWriter.Write(exception);
            }
            else
            {
                // Some of Orleans' messages have the whole trace of their cause.
                textWriter.Write($" ({exception.GetType().Name}: {FirstLine(exception.Message)})");
            }
        }

        textWriter.WriteLine();
    }

    private static string FirstLine(string text) => text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? text[..end] : text;

    /// <summary>Date and time as the log has them; of all nodes of a cluster in one order.</summary>
    internal static string Time(TimeProvider time) =>
        time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    internal static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}

using Microsoft.Extensions.Logging;

namespace Doozer.Storage;

internal static partial class StorageLog
{
    [LoggerMessage(
        LogLevel.Warning,
        "Cut a torn write of {Bytes} bytes off '{File}' at offset {Offset}; it was never acknowledged.")]
    public static partial void TornTailCut(this ILogger logger, string file, long offset, long bytes);

    [LoggerMessage(LogLevel.Information, "Recovered {Records} records from {Segments} segments in '{Directory}'.")]
    public static partial void LogRecovered(this ILogger logger, string directory, long segments, long records);

    [LoggerMessage(LogLevel.Warning, "The next log segment cannot be made yet; the log stops when the present one is full.")]
    public static partial void NextSegmentFailed(this ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Critical, "The log has stopped.")]
    public static partial void LogStopped(this ILogger logger, Exception exception);
}

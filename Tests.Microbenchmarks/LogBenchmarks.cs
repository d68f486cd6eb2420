using BenchmarkDotNet.Attributes;
using Doozer.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Microbenchmarks;

/// <summary>
/// Appends to the write-ahead log until they are durable, on the disk of the project's folder: what one caller waits for, and
/// what each of 64 costs that share a flush.
/// </summary>
public class LogBenchmarks
{
    private const int RecordBytes = 256;
    private const int Together = 64;
    private const int AppendsBetweenRemovals = 1 << 14;

    private readonly byte[] _record = new byte[RecordBytes];
    private readonly Task[] _appends = new Task[Together];
    private readonly string _folder = Path.Combine(AppContext.BaseDirectory, "log");
    private WriteAheadLog? _log;
    private int _appended;

    [GlobalSetup]
    public void SetUp() => _log = WriteAheadLog.Open(
        _folder, new WriteAheadLogOptions(), (_, _) => { }, NullLogger.Instance, exception => throw exception);

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _log!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public Task Append() => AppendOne();

    [Benchmark(OperationsPerInvoke = Together)]
    public Task AppendTogether()
    {
        for (int i = 0; i < Together; i++)
            _appends[i] = AppendOne();
        return Task.WhenAll(_appends);
    }

    private Task AppendOne()
    {
        // The disk shall not fill up.
        if (++_appended % AppendsBetweenRemovals == 0)
            _log!.RemoveBefore(_log.Sequence);
        return _log!.Append("main", _record);
    }
}

using Doozer.Simulation;
using Doozer.Storage;
using Doozer.Tests.Cluster;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Storage;

public sealed class DiskFailureTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly TaskCompletionSource<StorageException> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _fatalCalls;

    [Theory]
    [InlineData("flush")]
    [InlineData("write")]
    public async Task A_failed_operation_fails_every_append_once_and_for_all(string failing)
    {
        WriteAheadLog log = Open(1 << 20);
        using var reached = new ManualResetEventSlim();
        using var mayFail = new ManualResetEventSlim();
        int attempts = 0;
        _disk.Before = operation =>
        {
            if (operation != failing)
                return;
            attempts++;
            reached.Set();
            mayFail.Wait();
            throw new IOException("No space left on device");
        };
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        Task first = log.Append("g", new byte[1]);
        await Task.Run(() => reached.Wait(cancelled), cancelled);
        Task waiting = log.Append("g", new byte[1]);
        mayFail.Set();

        foreach (Task? append in new[] { first, waiting })
            ShouldHaveFailed(await Should.ThrowAsync<StorageException>(() => append));
        StorageException fatal = await _fatal.Task;
        ShouldHaveFailed(fatal);

        // The disk would work again, but what happened to the pages in between is unknown.
        _disk.Before = static _ => { };
        ShouldHaveFailed(await Should.ThrowAsync<StorageException>(() => log.Append("g", new byte[1])));
        await log.DisposeAsync();
        attempts.ShouldBe(1);
        _fatalCalls.ShouldBe(1);
    }

    [Fact]
    public async Task No_room_for_the_next_segment_stops_the_log_only_when_it_is_needed()
    {
        WriteAheadLog log = Open(4096);
        _disk.Before = operation =>
        {
            if (operation == "create")
                throw new IOException("No space left on device");
        };
        int durable = 0;
        StorageException error = await Should.ThrowAsync<StorageException>(async () =>
        {
            while (true)
            {
                await log.Append("g", new byte[500]);
                durable++;
            }
        });
        ShouldHaveFailed(error);
        ShouldHaveFailed(await _fatal.Task);
        durable.ShouldBe(7);
        await log.DisposeAsync();
        _fatalCalls.ShouldBe(1);
    }

    [Fact]
    public async Task Files_that_are_gone_are_not_called_a_full_disk_and_are_told_of_once()
    {
        using var lines = new LogLines();
        WriteAheadLog log = Open(4096, lines);
        _disk.Before = operation =>
        {
            if (operation == "create")
                throw new DirectoryNotFoundException("Could not find a part of the path.");
        };
        await Should.ThrowAsync<StorageException>(async () =>
        {
            while (true)
                await log.Append("g", new byte[500]);
        });
        string reason = (await _fatal.Task).Message;
        reason.ShouldEndWith($"Could not find a part of the path (in '{LogScript.PathOf(1)}'); {StorageException.Advice}");
        await log.DisposeAsync();
        lines.Count("The log has stopped").ShouldBe(0);
    }

    [Fact]
    public void A_disk_that_fails_at_the_start_is_one_clear_error()
    {
        _disk.Before = _ => throw new IOException("Input/output error");
        StorageException error = Should.Throw<StorageException>(() => Open(4096));
        error.Error.ShouldBe(StorageError.Unusable);
        error.Message.ShouldContain("Input/output error");
        error.Message.ShouldContain(LogScript.Directory);
    }

    private static void ShouldHaveFailed(StorageException error)
    {
        error.Error.ShouldBe(StorageError.Failed);
        error.Message.ShouldContain("No space left on device");
        error.Message.ShouldContain(LogScript.PathOf(1));
    }

    private WriteAheadLog Open(long segmentBytes, ILogger? logger = null) => WriteAheadLog.Open(
        _disk,
        LogScript.Directory,
        new() { SegmentBytes = segmentBytes, MaxRecordBytes = 512, MaxQueuedBytes = 1 << 16 },
        (_, _) => { },
        logger ?? NullLogger.Instance,
        error =>
        {
            Interlocked.Increment(ref _fatalCalls);
            _fatal.TrySetResult(error);
        });
}

using System.Text;
using Doozer.Simulation;
using Doozer.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Storage;

public sealed class GroupCommitTests : IDisposable
{
    private static readonly WriteAheadLogOptions Options =
        new() { SegmentBytes = 1 << 20, MaxRecordBytes = 1024, MaxQueuedBytes = 1 << 16 };
    private readonly SimulatedDisk _disk = new();
    private readonly ManualResetEventSlim _flushing = new();
    private readonly ManualResetEventSlim _mayFlush = new(initialState: true);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_that_gathers_during_a_flush_shares_the_next_one()
    {
        await using WriteAheadLog log = Open();
        Task first = await AppendWhileTheDiskIsBusy(log);
        int before = _disk.Flushes;
        var waiting = new List<Task>();
        await Parallel.ForAsync(0, 500, Cancelled, (i, _) =>
        {
            Task durable = log.Append("g", BitConverter.GetBytes(i));
            lock (waiting)
                waiting.Add(durable);
            return ValueTask.CompletedTask;
        });
        first.IsCompleted.ShouldBeFalse();
        waiting.ShouldAllBe(append => !append.IsCompleted);

        _mayFlush.Set();
        await Task.WhenAll(waiting);
        first.IsCompletedSuccessfully.ShouldBeTrue();
        (_disk.Flushes - before).ShouldBe(2);
        log.Appends.ShouldBe(501);
        log.Syncs.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Records_are_kept_in_the_order_of_their_appends_and_copied_at_once()
    {
        byte[] payload = new byte[4];
        await using (WriteAheadLog log = Open())
        {
            Task last = Task.CompletedTask;
            for (int i = 0; i < 1000; i++)
            {
                BitConverter.TryWriteBytes(payload, i).ShouldBeTrue();
                last = log.Append(i % 2 == 0 ? "even" : "odd", payload);
            }

            await last;
        }

        List<(string, int)> found = [];
        await using WriteAheadLog again = Open((group, record) => found.Add((group, BitConverter.ToInt32(record.Span))));
        found.ShouldBe(Enumerable.Range(0, 1000).Select(i => (i % 2 == 0 ? "even" : "odd", i)));
    }

    [Fact]
    public async Task Closing_writes_what_is_waiting_and_refuses_what_comes_after()
    {
        WriteAheadLog log = Open();
        Task first = await AppendWhileTheDiskIsBusy(log);
        Task second = log.Append("g", new byte[10]);
        Task closed = log.DisposeAsync().AsTask();
        (await Should.ThrowAsync<StorageException>(() => log.Append("g", new byte[1]))).Error.ShouldBe(StorageError.Closed);
        _mayFlush.Set();
        await closed;

        first.IsCompletedSuccessfully.ShouldBeTrue();
        second.IsCompletedSuccessfully.ShouldBeTrue();
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_full_queue_refuses_and_takes_again_when_it_has_drained()
    {
        await using WriteAheadLog log = Open();
        await AppendWhileTheDiskIsBusy(log);
        Task last = Task.CompletedTask;
        int taken = 0;
        while (true)
        {
            Task append = log.Append("g", new byte[1000]);
            if (append.IsFaulted)
            {
                (await Should.ThrowAsync<StorageException>(() => append)).Error.ShouldBe(StorageError.Overloaded);
                break;
            }

            last = append;
            taken++;
        }

        taken.ShouldBe((int)Options.MaxQueuedBytes / 1032);
        _mayFlush.Set();
        await last;
        await log.Append("g", new byte[1000]);
    }

    [Fact]
    public async Task A_full_queue_takes_what_its_callers_limit_and_says_from_half_on_that_it_is_behind()
    {
        await using WriteAheadLog log = Open();
        await AppendWhileTheDiskIsBusy(log);
        List<Task> taken = [];
        long behindFrom = 0;
        for (long queued = 1032; queued <= 2 * Options.MaxQueuedBytes; queued += 1032)
        {
            taken.Add(log.Append("g", new byte[1000], isLimited: true));
            if (log.IsBehind && behindFrom == 0)
                behindFrom = queued;
        }

        Task refused = log.Append("g", new byte[1]);
        _mayFlush.Set();
        (await Should.ThrowAsync<StorageException>(() => refused)).Error.ShouldBe(StorageError.Overloaded);
        await Task.WhenAll(taken);
        behindFrom.ShouldBeInRange(Options.MaxQueuedBytes / 2, (Options.MaxQueuedBytes / 2) + 1031);
        log.IsBehind.ShouldBeFalse();
        await log.Append("g", new byte[1000]);
    }

    [Theory]
    [InlineData("g", 1025, "1025")]
    [InlineData("", 1, "0 bytes")]
    public async Task A_record_over_a_limit_is_refused_and_the_log_goes_on(string group, int bytes, string says)
    {
        await using WriteAheadLog log = Open();
        StorageException error = await Should.ThrowAsync<StorageException>(() => log.Append(group, new byte[bytes]));
        error.Error.ShouldBe(StorageError.TooLarge);
        error.Message.ShouldContain(says);
        await log.Append("g", new byte[1024]);
    }

    [Theory]
    [InlineData(896, 512, 4096)]
    [InlineData(2001, 512, 4096)]
    [InlineData(4096, 0, 4096)]
    [InlineData(4096, 512, 512)]
    public void Options_that_leave_no_room_for_a_record_are_refused(long segment, int record, long queued)
    {
        var options = new WriteAheadLogOptions { SegmentBytes = segment, MaxRecordBytes = record, MaxQueuedBytes = queued };
        Should.Throw<ArgumentOutOfRangeException>(options.Validate).Message.ShouldContain("must be");
    }

    [Fact]
    public async Task Segments_roll_over_on_a_real_disk_and_a_reopened_log_goes_on()
    {
        using var directory = new TemporaryDirectory();
        WriteAheadLogOptions options = Options with { SegmentBytes = 8192 };
        List<string> expected = [];
        for (int opening = 0; opening < 4; opening++)
        {
            List<string> found = [];
            await using var log = WriteAheadLog.Open(
                directory.Path, options, (_, payload) => found.Add(Encoding.ASCII.GetString(payload.Span)), NullLogger.Instance,
                _ => { });
            found.ShouldBe(expected);
            for (int i = 0; i < 40; i++)
            {
                expected.Add($"{opening}:{i}:" + new string('x', 25 * i));
                await log.Append("main", Encoding.ASCII.GetBytes(expected[^1]));
            }
        }

        Directory.GetFiles(directory.Path, "*.log").Length.ShouldBeGreaterThan(8);
    }

    public void Dispose()
    {
        _mayFlush.Set();
        _flushing.Dispose();
        _mayFlush.Dispose();
    }

    private WriteAheadLog Open(Action<string, ReadOnlyMemory<byte>>? replay = null) => WriteAheadLog.Open(
        _disk, LogScript.Directory, Options, replay ?? ((_, _) => { }), NullLogger.Instance, error => throw error);

    /// <summary>Appends one record and returns when its flush has begun; the disk stays busy until it may flush.</summary>
    private async Task<Task> AppendWhileTheDiskIsBusy(WriteAheadLog log)
    {
        _mayFlush.Reset();
        _disk.Before = operation =>
        {
            if (operation != "flush")
                return;
            _flushing.Set();
            _mayFlush.Wait();
        };
        Task append = log.Append("g", new byte[1]);
        await Task.Run(() => _flushing.Wait(Cancelled), Cancelled);
        return append;
    }
}

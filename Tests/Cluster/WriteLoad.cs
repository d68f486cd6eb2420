using System.Collections.Concurrent;
using System.Text;

namespace Doozer.Tests.Cluster;

/// <summary>Writers that each write one file of their own after another, and remember what was acknowledged.</summary>
internal sealed class WriteLoad : IDisposable
{
    // A node that is down fails at once, and would fail writers without end while it keeps them from giving way to others.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _writers;
    private readonly SemaphoreSlim _progress = new(0);

    public WriteLoad(int writers, Func<int, INamespaceGrain> namespaceOf) =>
        _writers = [.. Enumerable.Range(0, writers).Select(w => Task.Run(() => Write(w, namespaceOf)))];

    /// <summary>Revision by path of every acknowledged write.</summary>
    public ConcurrentDictionary<string, long> Acknowledged { get; } = new(StringComparer.Ordinal);

    /// <summary>What writes failed with.</summary>
    public ConcurrentQueue<Exception> Errors { get; } = new();

    /// <summary>Completes when so many more writes have been acknowledged.</summary>
    public async Task MoreWrites(int count)
    {
        for (int i = 0; i < count; i++)
            (await _progress.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue("the writers are stuck");
    }

    public async Task Stop()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_writers);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _progress.Dispose();
    }

    /// <summary>Every acknowledged write is there, with its revision and body.</summary>
    public async Task ShouldBeIn(INamespaceGrain tree)
    {
        foreach ((string path, long revision) in Acknowledged)
        {
            FileContent file = await tree.Get(path);
            file.Revision.ShouldBe(revision, path);
            Encoding.UTF8.GetString(file.Body).ShouldBe(path);
        }
    }

    private async Task Write(int writer, Func<int, INamespaceGrain> namespaceOf)
    {
        for (int i = 0; !_stop.IsCancellationRequested; i++)
        {
            string path = $"/load/{writer}/{i}";
            try
            {
                Acknowledged[path] = await namespaceOf(writer).Set(path, Encoding.UTF8.GetBytes(path), Revisions.Missing);
                _progress.Release();
            }
            catch (Exception exception)
            {
                Errors.Enqueue(exception);
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }
}

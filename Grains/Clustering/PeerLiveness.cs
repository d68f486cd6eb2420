using Microsoft.AspNetCore.Http;

namespace Doozer.Clustering;

/// <summary>
/// Keeps one connection to each peer open that carries a sign of life now and then. When a process dies the system ends its
/// connections at once, long before its silence means anything; a peer that stops in order ends them in order.
/// </summary>
internal sealed class PeerLiveness(KnownNodes nodes, IPeerTransport transport, TimeProvider time, CancellationToken stopping)
{
    public const string Path = "/v1/clustering/alive";

    /// <summary>Most connections that this node keeps open for peers, and whoever else asks.</summary>
    private const int MaxHeld = 256;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>So often a byte is sent.</summary>
    private static readonly TimeSpan SendPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>After so long without one a peer is taken for gone: it is paused, perhaps, or cut off.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(1500);

    private static readonly ReadOnlyMemory<byte> Something = new byte[] { (byte)'\n' };

    private readonly HashSet<string> _watched = new(StringComparer.Ordinal);
    private TaskCompletionSource _due = new();
    private int _held;
    private int _ticks;

    /// <summary>Which peers are alive.</summary>
    public PeerSignals Signals { get; } = new(time, Silence);

    /// <summary>A connection to a peer broke: its process may have died. Raised on any thread.</summary>
    public event Action<string>? Broken;

    /// <summary>Begins to watch the other nodes, also those that come later.</summary>
    public void Start()
    {
        nodes.Changed += _ => WatchAll();
        WatchAll();
    }

    /// <summary>Keeps a peer's connection open, for as long as both live.</summary>
    /// <returns>False when there are too many.</returns>
    public async Task<bool> Hold(HttpContext context)
    {
        if (Interlocked.Increment(ref _held) > MaxHeld)
        {
            Interlocked.Decrement(ref _held);
            return false;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        TickFromNowOn();
        try
        {
            while (true)
            {
                await context.Response.Body.WriteAsync(Something, ended.Token);
                await context.Response.Body.FlushAsync(ended.Token);
                await Volatile.Read(ref _due).Task.WaitAsync(ended.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _held);
        }
    }

    private void TickFromNowOn()
    {
        if (Interlocked.Exchange(ref _ticks, 1) != 0)
            return;
        ITimer ticking = time.CreateTimer(_ => Tick(), null, SendPeriod, SendPeriod);
        stopping.Register(ticking.Dispose);
    }

    /// <summary>For all connections, in both directions: each time that an idle process wakes is what it costs.</summary>
    private void Tick()
    {
        Interlocked.Exchange(ref _due, new TaskCompletionSource()).SetResult();
        Signals.Look();
    }

    private void WatchAll()
    {
        foreach (string peer in nodes.Others)
        {
            lock (_watched)
            {
                if (!_watched.Add(peer))
                    continue;
            }

            _ = Watch(peer);
        }
    }

    private async Task Watch(string peer)
    {
        try
        {
            while (nodes.List.Find(peer) is not null && nodes.AddressOf(peer) is { } address)
            {
                if (await ListenUntilItBreaks(peer, address))
                    Broken?.Invoke(peer);
                await Task.Delay(RetryDelay, time, stopping);
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            lock (_watched)
                _watched.Remove(peer);
        }
    }

    private async Task<bool> ListenUntilItBreaks(string peer, Uri address)
    {
        try
        {
            return await transport.BreaksConnection(address, Heard, stopping);
        }
        finally
        {
            Signals.Ended(peer);
        }

        void Heard()
        {
            TickFromNowOn();
            Signals.Heard(peer);
        }
    }
}

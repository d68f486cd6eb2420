using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;

namespace Doozer.Client;

/// <summary>
/// Tells when a connection to a gateway ends. Whatever was sent by it will not be answered, and Orleans would let it wait for its
/// whole timeout. And ends a connection whose gateway is silent, because its process is stopped or the network is cut: Orleans
/// sends all calls of a grain by one connection for as long as that is open.
/// </summary>
internal sealed class GatewayWatch(TimeProvider? time = null) : IDisposable
{
    /// <summary>After so long without an answer a gateway is asked whether it is there, and has as long to say so.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentDictionary<GatewayConnection, bool> _open = new();
    private volatile CancellationTokenSource _next = new();
    private int _asks;

    /// <summary>Is cancelled when the next connection ends.</summary>
    public CancellationToken Lost => _next.Token;

    /// <summary>Whether there are connections that it can end.</summary>
    public bool IsWatching => !_open.IsEmpty;

    /// <summary>Watches the connections that an Orleans client opens.</summary>
    public void Configure(ClientConnectionOptions options) => options.ConfigureConnection(
        builder => builder.Use(next => connection =>
        {
            Watch(connection);
            return next(connection);
        }));

    /// <summary>Watches a connection until it ends.</summary>
    public void Watch(ConnectionContext connection)
    {
        var watched = new GatewayConnection(connection, _time);
        _open[watched] = true;
        connection.ConnectionClosed.Register(() =>
        {
            _open.TryRemove(watched, out _);
            Tell();
        });
    }

    /// <summary>A connection has ended.</summary>
    public void Tell() => _ = Interlocked.Exchange(ref _next, new CancellationTokenSource()).CancelAsync();

    /// <summary>
    /// Of a call that has no answer for a while: asks by its grain, and so by its connection, for what any node knows by itself,
    /// and ends the connection when even that has no answer. One at a time, whoever calls.
    /// </summary>
    public async Task Ask(INamespaceGrain grain)
    {
        if (!IsWatching || Interlocked.Exchange(ref _asks, 1) != 0)
            return;
        try
        {
            long began = _time.GetTimestamp();
            Task answer = grain.Rev(ReadMode.Local);
            answer.Abandon();
            await answer.WaitAsync(Silence, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (answer.IsCompleted)
                return;
            foreach (GatewayConnection connection in _open.Keys)
                connection.AbortIfSilentSince(began);
        }
        catch (Exception exception) when (exception.Kind() != Failure.Unexpected)
        {
            // It could not even be sent.
        }
        finally
        {
            Volatile.Write(ref _asks, 0);
        }
    }

    /// <summary>The same once an attempt has had no answer for a while.</summary>
    public async Task AskUnlessAnswered(Task attempt, INamespaceGrain grain)
    {
        if (!IsWatching)
            return;
        await attempt.WaitAsync(Silence, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!attempt.IsCompleted)
            await Ask(grain);
    }

    public void Dispose() => _next.Dispose();
}

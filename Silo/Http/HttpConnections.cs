using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Doozer.Silo.Http;

/// <summary>
/// The connections of HTTP, so many at once. At the limit the one that has been without a request for longest is let go for the
/// next. Where all have requests, some more are taken, for questions about health and those of peers only.
/// </summary>
internal sealed class HttpConnections
{
    private const int MostForHealth = 100;
    private static readonly object Key = new();

    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _idle = new();
    private readonly int _limit;
    private readonly Counter<long> _letGo;
    private readonly Counter<long> _refused;
    private int _open;

    public HttpConnections(IOptions<HttpOptions> options, IMeterFactory meters)
    {
        _limit = options.Value.MaxConnections;
        Meter meter = meters.Create(DoozerTelemetry.Name);
        meter.CreateObservableGauge("doozer.http.connections", () => _open, "{connection}", "Connections that are open.");
        _letGo = meter.CreateCounter<long>(
            "doozer.http.idle_connections_closed", "{connection}", "Connections without a request that were closed for others.");
        _refused = meter.CreateCounter<long>(
            "doozer.http.refused_connections", "{connection}", "Connections that were closed as they came.");
    }

    /// <summary>Has all endpoints of the server count their connections.</summary>
    public static void AddTo(KestrelServerOptions kestrel) => kestrel.ConfigureEndpointDefaults(listen =>
        listen.Use(next => connection =>
            kestrel.ApplicationServices.GetRequiredService<HttpConnections>().Accept(connection, next)));

    /// <summary>Runs a request, during which its connection is not idle.</summary>
    public async Task Run(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(Key, out object? found) != true
            || found is not Entry entry)
        {
            await next(context);
            return;
        }

        SetIdle(entry, false);
        try
        {
            if (entry.IsForHealth && !IsOfHealth(context.Request.Path))
            {
                context.Response.Headers.Connection = "close";
                await Problems.Write(
                    context,
                    Problems.Of(new OverloadedException("connections", _limit), StatusCodes.Status503ServiceUnavailable));
                return;
            }

            await next(context);
        }
        finally
        {
            SetIdle(entry, true);
        }
    }

    private static bool IsOfHealth(PathString path) =>
        path == "/healthz" || path == "/readyz" || path.StartsWithSegments("/v1/clustering");

    private async Task Accept(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Open(connection) is not { } entry)
        {
            _refused.Add(1);
            connection.Abort();
            return;
        }

        connection.Items[Key] = entry;
        try
        {
            await next(connection);
        }
        finally
        {
            Close(entry);
        }
    }

    private Entry? Open(ConnectionContext connection)
    {
        Entry entry;
        Entry? oldest = null;
        lock (_gate)
        {
            bool isFull = _open >= _limit;
            if (isFull && (oldest = _idle.First?.Value) is not null)
                Leave(oldest);
            else if (_open >= _limit + MostForHealth)
                return null;
            entry = new Entry(connection, isForHealth: isFull && oldest is null);
            _idle.AddLast(entry.Place);
            _open++;
        }

        if (oldest is not null)
        {
            _letGo.Add(1);
            oldest.Connection.Abort();
        }

        return entry;
    }

    private void Close(Entry entry)
    {
        lock (_gate)
            Leave(entry);
    }

    // One that is let go does not count while it is closed.
    private void Leave(Entry entry)
    {
        if (entry.HasLeft)
            return;
        entry.HasLeft = true;
        _open--;
        if (entry.Place.List is not null)
            _idle.Remove(entry.Place);
    }

    private void SetIdle(Entry entry, bool isIdle)
    {
        lock (_gate)
        {
            if (entry.HasLeft || isIdle == (entry.Place.List is not null))
                return;
            if (isIdle)
                _idle.AddLast(entry.Place);
            else
                _idle.Remove(entry.Place);
        }
    }

    private sealed class Entry
    {
        public Entry(ConnectionContext connection, bool isForHealth)
        {
            Connection = connection;
            IsForHealth = isForHealth;
            Place = new LinkedListNode<Entry>(this);
        }

        public ConnectionContext Connection { get; }

        public bool IsForHealth { get; }

        public LinkedListNode<Entry> Place { get; }

        public bool HasLeft { get; set; }
    }
}

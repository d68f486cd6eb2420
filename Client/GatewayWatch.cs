using Orleans.Configuration;

namespace Doozer.Client;

/// <summary>
/// Tells when a connection to a gateway ends. Whatever was sent by it will not be answered, and Orleans would let it wait for its
/// whole timeout.
/// </summary>
internal sealed class GatewayWatch : IDisposable
{
    private volatile CancellationTokenSource _next = new();

    /// <summary>Is cancelled when the next connection ends.</summary>
    public CancellationToken Lost => _next.Token;

    /// <summary>Watches the connections that an Orleans client opens.</summary>
    public void Configure(ClientConnectionOptions options) => options.ConfigureConnection(
        builder => builder.Use(next => connection =>
        {
            connection.ConnectionClosed.Register(Tell);
            return next(connection);
        }));

    /// <summary>A connection has ended.</summary>
    public void Tell() => _ = Interlocked.Exchange(ref _next, new CancellationTokenSource()).CancelAsync();

    public void Dispose() => _next.Dispose();
}

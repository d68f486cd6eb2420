using Microsoft.AspNetCore.Hosting.Server;

namespace Doozer.Silo.Serve;

/// <summary>
/// Ends the web server of an application before the application is taken apart. A start that breaks off leaves it running, and
/// what peers then ask would find no services any more.
/// </summary>
internal sealed class ListeningEnd(WebApplication app) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await app.Services.GetRequiredService<IServer>().StopAsync(patience.Token);
    }
}

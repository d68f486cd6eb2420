using Doozer.Silo.Commands;
using Doozer.Silo.Serve;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Doozer.Tests.Silo;

public sealed class NodeHostTests
{
    [Fact]
    public async Task A_silent_connection_is_not_kept_for_long_but_longer_than_its_client_keeps_it()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        var log = new NodeLog(new CommandConsole(Stream.Null, Stream.Null, TextWriter.Null), TimeProvider.System);
        IConfigurationSection section = builder.Configuration.GetSection(SettingsSources.Section);
        await using WebApplication app = NodeHost.Build(builder, NodeSettings.Read(section, _ => null), section, log);
        KestrelServerLimits limits = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        using var client = new SocketsHttpHandler();
        limits.KeepAliveTimeout.ShouldBeGreaterThan(client.PooledConnectionIdleTimeout);
        limits.KeepAliveTimeout.ShouldBeLessThan(new KestrelServerLimits().KeepAliveTimeout);
    }
}

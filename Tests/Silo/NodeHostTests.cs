using System.Text;
using Doozer.Silo.Commands;
using Doozer.Silo.Serve;
using Doozer.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Doozer.Tests.Silo;

public sealed class NodeHostTests
{
    [Fact]
    public async Task The_dashboard_of_a_node_that_starts_says_that_it_starts()
    {
        using var folder = new TemporaryDirectory();
        await using WebApplication app = Build(folder, dashboard: true);
        RequestDelegate pipeline = ((IApplicationBuilder)app).Build();
        var context = new DefaultHttpContext { RequestServices = app.Services };
        context.Request.Method = HttpMethods.Get;
        context.Request.Host = new HostString("localhost");
        context.Request.Path = "/dashboard/DashboardCounters";
        using var body = new MemoryStream();
        context.Response.Body = body;
        await pipeline(context);
        context.Response.StatusCode.ShouldBe(StatusCodes.Status503ServiceUnavailable);
        Encoding.UTF8.GetString(body.ToArray()).ShouldContain("\"code\":\"node-unavailable\"");
    }

    [Fact]
    public async Task A_silent_connection_is_not_kept_for_long_but_longer_than_its_client_keeps_it()
    {
        using var folder = new TemporaryDirectory();
        await using WebApplication app = Build(folder);
        KestrelServerLimits limits = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        using var client = new SocketsHttpHandler();
        limits.KeepAliveTimeout.ShouldBeGreaterThan(client.PooledConnectionIdleTimeout);
        limits.KeepAliveTimeout.ShouldBeLessThan(new KestrelServerLimits().KeepAliveTimeout);
    }

    /// <summary>A node that does not run, with a data directory of its own: some of what is built locks it.</summary>
    internal static WebApplication Build(TemporaryDirectory folder, bool dashboard = false)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        var log = new NodeLog(new CommandConsole(Stream.Null, Stream.Null, TextWriter.Null), TimeProvider.System);
        IConfigurationSection section = builder.Configuration.GetSection(SettingsSources.Section);
        NodeSettings settings = NodeSettings.Read(section, _ => null) with
        {
            DataDirectory = Path.Combine(folder.Path, "n1"),
            Dashboard = dashboard,
        };
        return NodeHost.Build(builder, settings, section, log);
    }
}

using Doozer.Silo.Serve;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Silo;

/// <summary>A node that is taken apart.</summary>
public sealed class ListeningEndTests
{
    [Fact]
    public async Task Nobody_is_answered_any_more_while_the_services_go()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<LastGuest>();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/", () => "here");
        await app.StartAsync(TestContext.Current.CancellationToken);

        // Made after the web server, it is disposed of before it.
        LastGuest guest = app.Services.GetRequiredService<LastGuest>();
        guest.Address = new Uri(app.Urls.First());
        await new ListeningEnd(app).DisposeAsync();
        await app.DisposeAsync();
        guest.Answer.ShouldBe(HttpRequestError.ConnectionError);
    }

    /// <summary>Asks the server when it is disposed of, as the services around it are.</summary>
    private sealed class LastGuest : IAsyncDisposable
    {
        public Uri Address { get; set; } = null!;

        public HttpRequestError? Answer { get; private set; }

        public async ValueTask DisposeAsync()
        {
            using var client = new HttpClient();
            try
            {
                using HttpResponseMessage response = await client.GetAsync(Address);
            }
            catch (HttpRequestException exception)
            {
                Answer = exception.HttpRequestError;
            }
        }
    }
}

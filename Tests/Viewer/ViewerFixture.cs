using System.Net.Http.Json;
using System.Text;
using Doozer.Silo.Http;
using Doozer.Tests.EndToEnd;
using Microsoft.Playwright;

namespace Doozer.Tests.Viewer;

/// <summary>Three nodes and one browser for all tests of the viewer.</summary>
public sealed class ViewerFixture : IAsyncDisposable
{
    private readonly List<IPage> _pages = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private Browser? _browser;

    internal ProcessCluster Cluster { get; } = new(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Sees to it that all nodes are up; skips the test where no browser is to be had.</summary>
    public async Task Ready()
    {
        Browser.SkipWithout();
        await Cluster.StartAll();
        _browser ??= await Browser.Launch();
    }

    /// <summary>Opens a page of a node's viewer; what it complains of fails the test that asks for it.</summary>
    internal async Task<ViewerPage> Open(int node, string query, BrowserNewContextOptions? options = null)
    {
        ViewerPage page = await OpenBlank(options);
        await page.Load(Cluster.Http(node) + "/" + query);
        await page.IsLive();
        return page;
    }

    /// <summary>Opens a page that shows nothing yet.</summary>
    internal async Task<ViewerPage> OpenBlank(BrowserNewContextOptions? options = null)
    {
        IPage page = await _browser!.Open("about:blank", options);
        _pages.Add(page);
        return new ViewerPage(page);
    }

    public async Task<long> Put(int node, string path, string body, long revision = Revisions.Clobber, long session = 0)
    {
        string held = session == 0 ? "" : $"&session={session}";
        using HttpResponseMessage response = await _http.PutAsync(
            $"{Cluster.Http(node)}/v1/main/tree{path}?rev={revision}{held}", new StringContent(body), Cancellation);
        return await Revision(response);
    }

    public async Task<long> OpenSession(string owner)
    {
        using HttpResponseMessage response = await _http.PostAsync(
            $"{Cluster.Http(0)}/v1/main/sessions", new StringContent($"{{\"ttl\":600,\"owner\":\"{owner}\"}}"), Cancellation);
        response.EnsureSuccessStatusCode();
        SessionResult? session = await response.Content.ReadFromJsonAsync(DoozerJson.Default.SessionResult, Cancellation);
        return session!.Id;
    }

    /// <summary>Makes files in a directory, by as few transactions as can be.</summary>
    public async Task Fill(string directory, int count)
    {
        foreach (int[] numbers in Enumerable.Range(0, count).Chunk(Limits.TransactionChanges))
        {
            var changes = new StringBuilder();
            foreach (int number in numbers)
                changes.Append($"{{\"set\":\"{directory}/file-{number:00000}\",\"text\":\"{number}\",\"revision\":-1}},");
            changes.Length--;
            using HttpResponseMessage response = await _http.PostAsync(
                $"{Cluster.Http(0)}/v1/main/transactions", new StringContent($"{{\"changes\":[{changes}]}}"), Cancellation);
            await Revision(response);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IPage page in _pages)
            await page.Context.CloseAsync();
        if (_browser is not null)
            await _browser.DisposeAsync();
        _http.Dispose();
        await Cluster.DisposeAsync();
    }

    private static async Task<long> Revision(HttpResponseMessage response)
    {
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync(Cancellation));
        return (await response.Content.ReadFromJsonAsync(DoozerJson.Default.WriteResult, Cancellation))!.Revision;
    }
}

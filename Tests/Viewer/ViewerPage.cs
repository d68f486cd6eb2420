using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Doozer.Tests.Viewer;

/// <summary>A page of the viewer, as who looks at it knows it.</summary>
internal sealed class ViewerPage
{
    private const int MostLoads = 10;

    private readonly ConcurrentQueue<string> _said = new();

    public ViewerPage(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => Errors.Add(error);
        page.Console += (_, message) => _said.Enqueue(message.Text);
        page.RequestFailed += (_, request) => _said.Enqueue($"{request.Url}: {request.Failure}");
    }

    public IPage Page { get; }

    /// <summary>Errors that nobody caught.</summary>
    public ConcurrentBag<string> Errors { get; } = [];

    public ILocator Content => Page.Locator("[data-content]");

    public ILocator Row(string name) =>
        Page.GetByRole(AriaRole.Treeitem, new() { NameRegex = Pattern($@"^{Regex.Escape(name)}\s*,") });

    /// <summary>A pattern of texts in the page.</summary>
    public static Regex Pattern(string pattern) => new(pattern, RegexOptions.None, TimeSpan.FromSeconds(1));

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>Waits until a text is to be seen.</summary>
    public Task Sees(string text) => Page.GetByText(text).First.WaitForAsync();

    public Task SeesContent(string text) => Content.GetByText(text, new() { Exact = true }).WaitForAsync();

    public Task Goes(string query) => Load(new Uri(new Uri(Page.Url), "/" + query).ToString());

    /// <summary>Loads a page. Other tests change the machine's network, and Chromium then gives up what it was loading.</summary>
    public async Task Load(string url)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await Page.GotoAsync(url);
                return;
            }
            catch (PlaywrightException exception)
                when (attempt < MostLoads && exception.Message.Contains("ERR_NETWORK_CHANGED", StringComparison.Ordinal))
            {
            }
        }
    }

    /// <summary>Waits until changes come as they happen; if they do not, tells what the page said instead.</summary>
    public async Task IsLive()
    {
        try
        {
            await Page.Locator(".live.on").WaitForAsync();
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The page did not become live. It said:\n{string.Join('\n', _said)}\n{await Page.ContentAsync()}");
        }
    }
}

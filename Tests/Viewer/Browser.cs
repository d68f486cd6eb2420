using Microsoft.Playwright;

namespace Doozer.Tests.Viewer;

/// <summary>A Chromium that the machine has: Debian's package, or what <c>TEST_CHROMIUM</c> names.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    /// <summary>The executable; null when there is none.</summary>
    public static string? Path { get; } = Environment.GetEnvironmentVariable("TEST_CHROMIUM") is { Length: > 0 } path
        ? path
        : Array.Find(Candidates, File.Exists);

    public static void SkipWithout() => Assert.SkipWhen(
        Path is null, "The viewer's tests need a browser: install Debian's package chromium, or set TEST_CHROMIUM.");

    public static async Task<Browser> Launch()
    {
        IPlaywright playwright = await Playwright.CreateAsync();
        IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Path,
            Args = ["--no-sandbox", "--disable-dev-shm-usage"],
        });
        return new Browser(playwright, browser);
    }

    /// <summary>A new page with nothing remembered.</summary>
    public async Task<IPage> Open(string url, BrowserNewContextOptions? options = null)
    {
        IBrowserContext context = await _browser.NewContextAsync(
            options ?? new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });

        // Only guards against a hang.
        context.SetDefaultTimeout(60_000);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(url);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

using System.Globalization;
using Microsoft.Playwright;

namespace Doozer.Tests.Viewer;

/// <summary>
/// Writes pictures of the viewer to the folder that <c>SCREENSHOTS</c> names, for the eye to judge: <c>eng/screenshots.sh</c>.
/// </summary>
[Trait("Category", "Screenshots")]
public sealed class Screenshots(ViewerFixture viewer) : IClassFixture<ViewerFixture>
{
    private const int Loaders = 8;

    private static readonly string Folder =
        Environment.GetEnvironmentVariable("SCREENSHOTS") ?? Path.Combine(AppContext.BaseDirectory, "screenshots");

    private static readonly (string Name, int Width, int Height, ColorScheme Colors)[] Shapes =
    [
        ("light", 1360, 820, ColorScheme.Light),
        ("dark", 1360, 820, ColorScheme.Dark),
        ("wide", 2200, 1200, ColorScheme.Light),
        ("narrow", 390, 800, ColorScheme.Light),
        ("narrow-dark", 390, 800, ColorScheme.Dark),
    ];

    [Fact(Explicit = true)]
    public async Task Of_every_view()
    {
        await viewer.Ready();
        Directory.CreateDirectory(Folder);
        await Seed();
        using var stop = new CancellationTokenSource();
        Task[] load = [.. Enumerable.Range(0, Loaders).Select(i => Load(i, stop.Token))];

        // So long that the charts have something to show.
        await Task.Delay(TimeSpan.FromSeconds(40), TimeProvider.System, CancellationToken.None);
        int leader = await viewer.Cluster.Leader(0);
        await viewer.Cluster.Kill(leader);
        await viewer.Cluster.StartAll();
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, CancellationToken.None);
        await OfAllShapes("cluster-under-load", "?view=cluster", ".chart", fullPage: true);
        await OfAllShapes("activity", "?view=activity", ".activity-row");
        await OfAllShapes("directory", "?path=/config", ".table-row");
        await stop.CancelAsync();
        await Task.WhenAll(load);

        await OfAllShapes("file", "?path=/config/gateway.conf", "[data-content]");
        await OfAllShapes("json", "?path=/config/features.json", ".json-key");
        await OfAllShapes("history", "?path=/config/gateway.conf&tab=history", "tr.diff-add");
        await OfAllShapes("past", "?path=/config/gateway.conf&rev=6", "[data-content]");
        await OfAllShapes("sessions", "?view=sessions", ".place", fullPage: true);
        await OfAllShapes("missing", "?path=/nowhere/at/all", ".empty-title");
        await OfConflict();
        await viewer.Cluster.Kill(1);
        await OfAllShapes("node-missing", "?view=cluster", ".verdict.warn");
        await viewer.Cluster.Kill(2);
        await OfAllShapes("quorum-lost", "?view=cluster", ".banner");
        await OfAllShapes("quorum-lost-tree", "?path=/config/gateway.conf", ".banner");
    }

    private async Task OfAllShapes(string name, string query, string sign, bool fullPage = false)
    {
        foreach ((string shape, int width, int height, ColorScheme colors) in Shapes)
        {
            ViewerPage page = await viewer.Open(0, query, new()
            {
                ViewportSize = new() { Width = width, Height = fullPage && width > height ? height + 320 : height },
                ColorScheme = colors,
            });
            await page.Page.Locator(sign).First.WaitForAsync();
            await Save(page, $"{name}-{shape}");
        }
    }

    private async Task OfConflict()
    {
        foreach (ColorScheme colors in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            ViewerPage page = await viewer.Open(
                0, "?path=/config/limits", new() { ViewportSize = new() { Width = 1360, Height = 820 }, ColorScheme = colors });
            await page.Button("Edit").ClickAsync();
            await Save(page, $"editor-{colors}", andClose: false);
            await page.Page.GetByLabel("Content of /config/limits").FillAsync("requests 500\nconnections 40\n");
            await viewer.Put(1, "/config/limits", $"requests 300\nconnections 64\nfor {colors}\n");
            await page.Button("Save").ClickAsync();
            await page.Page.Locator("tr.diff-add").First.WaitForAsync();
            await Save(page, $"conflict-{colors}");
        }
    }

    private static async Task Save(ViewerPage page, string name, bool andClose = true)
    {
        // Until fonts, flashes and what is asked for at first are there.
        await page.Page.WaitForTimeoutAsync(1200);
        await page.Page.ScreenshotAsync(new() { Path = Path.Combine(Folder, name.ToLowerInvariant() + ".png") });
        if (andClose)
            await page.Page.Context.CloseAsync();
    }

    private async Task Seed()
    {
        const string Gateway = """
            # gateway
            listen 0.0.0.0:8443
            workers 8
            timeout 30s

            upstream orders {
              server 10.0.4.11:9000
              server 10.0.4.12:9000
            }

            upstream payments {
              server 10.0.5.21:9000
            }

            """;
        string wider = Gateway.Replace("workers 8", "workers 12", StringComparison.Ordinal);
        await viewer.Put(0, "/greeting", "hello\n");
        await viewer.Put(0, "/config/features.json", """
            {"checkout":{"newFlow":true,"rollout":0.25,"regions":["eu-west-1","us-east-1"]},
            "search":{"engine":"v2","timeoutMs":250,"boost":null},"bigNumber":12345678901234567890}
            """);
        await viewer.Put(0, "/config/limits", "requests 200\nconnections 40\n");
        await viewer.Put(0, "/config/gateway.conf", Gateway);
        await viewer.Put(0, "/config/database/primary", "postgres://10.0.7.3:5432/orders\n");
        await viewer.Put(0, "/config/gateway.conf", wider);
        await viewer.Put(0, "/config/gateway.conf", wider
            .Replace("timeout 30s", "timeout 20s", StringComparison.Ordinal)
            .Replace("21:9000\n", "21:9000\n  server 10.0.5.22:9000\n", StringComparison.Ordinal));
        foreach (string service in new[] { "web", "orders", "payments", "search", "mail" })
            await viewer.Put(0, $"/deploy/{service}/version", "1.4.2\n");
        await viewer.Fill("/items", 3000);
        var sessions = new Dictionary<string, long>();
        foreach (string owner in new[] { "web-1", "web-2", "orders-1", "orders-2", "report worker 3", "report worker 4" })
            sessions[owner] = await viewer.OpenSession(owner);
        (string Path, string Owner)[] held =
        [
            ("/locks/report/lock-5cb903ed", "report worker 3"), ("/locks/report/lock-46f59053", "report worker 4"),
            ("/locks/report/lock-a154c3cd", "web-2"), ("/locks/catalog/read-f6fbd653", "web-1"),
            ("/locks/catalog/read-3eedbed7", "web-2"), ("/locks/catalog/write-f93b6b48", "orders-1"),
            ("/election/orders/candidates/candidate-9bd3cfdd", "orders-1"),
            ("/election/orders/candidates/candidate-b88f6b16", "orders-2"), ("/election/orders/leader", "orders-1"),
            ("/services/web/web-1", "web-1"), ("/services/web/web-2", "web-2"),
        ];
        foreach ((string path, string owner) in held)
            await viewer.Put(0, path, "10.0.3.11:8080", Revisions.Clobber, sessions[owner]);
    }

    private async Task Load(int loader, CancellationToken stop)
    {
        var chance = new Random(loader);
        string[] paths = ["/deploy/web/version", "/metrics/load", "/services/web/web-1", "/jobs/queue/"];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                string path = paths[chance.Next(paths.Length)];
                if (path.EndsWith('/'))
                    path += chance.Next(400).ToString(CultureInfo.InvariantCulture);
                int node = chance.Next(3);
                if (chance.Next(20) == 0)
                    await viewer.Fill("/batches/" + loader, 12);
                await viewer.Put(node, path, chance.NextDouble().ToString(CultureInfo.InvariantCulture));
                await viewer.Cluster.Get(node, path);
                await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(40)), TimeProvider.System, CancellationToken.None);
            }
            catch (Exception exception)
                when (exception is HttpRequestException or ShouldAssertException or OperationCanceledException)
            {
                // A node is down for a while.
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, CancellationToken.None);
            }
        }
    }
}

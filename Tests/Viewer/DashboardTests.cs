using Doozer.Tests.EndToEnd;
using Microsoft.Playwright;

namespace Doozer.Tests.Viewer;

/// <summary>Orleans' own dashboard, of three nodes that have something to do.</summary>
public sealed class DashboardTests
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task The_dashboard_shows_all_nodes_and_their_grains_while_they_are_written_to()
    {
        Browser.SkipWithout();
        await using var cluster = new ProcessCluster(3);
        for (int node = 0; node < cluster.Count; node++)
            cluster.Start(node, [.. cluster.Arguments(node), "--dashboard"]);
        await cluster.StartAll();
        await cluster.WaitForMembers(0, active: 3);
        await using Browser browser = await Browser.Launch();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task[] load = [.. Enumerable.Range(0, cluster.Count).Select(node => Write(cluster, node, stop.Token))];

        var page = new ViewerPage(await browser.Open("about:blank"));
        await page.Load(cluster.Http(1));
        await page.IsLive();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Orleans" }).ClickAsync();
        await Box(page, "Active Silos", "3");
        await Box(page, "Error Rate", "0.00%");
        await page.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Set" }).Filter(new() { HasText = "NamespaceGrain" })
            .First.WaitForAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Silos", Exact = true }).ClickAsync();
        for (int node = 0; node < cluster.Count; node++)
            await page.Sees(cluster.Silo(node));
        page.Errors.ShouldBeEmpty();
        await stop.CancelAsync();
        await Task.WhenAll(load);
    }

    /// <summary>Waits until one of the boxes has a value.</summary>
    private static Task Box(ViewerPage page, string name, string value) => page.Page.Locator(".info-box-content")
        .Filter(new() { HasText = name })
        .Filter(new() { Has = page.Page.GetByText(value, new() { Exact = true }) })
        .WaitForAsync();

    private static async Task Write(ProcessCluster cluster, int node, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            using HttpResponseMessage response = await cluster.Put(
                node, $"/load/{node}/{i % 100}", "x", Revisions.Clobber, CancellationToken.None);
            response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync(CancellationToken.None));
        }
    }
}

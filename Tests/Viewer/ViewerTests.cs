using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Doozer.Tests.Viewer;

public sealed class ViewerTests(ViewerFixture viewer) : IClassFixture<ViewerFixture>
{
    [Fact]
    public async Task A_change_made_elsewhere_is_seen_in_the_tree_in_the_file_and_in_the_activity()
    {
        await viewer.Ready();
        await viewer.Put(0, "/seen/file", "before");
        ViewerPage page = await viewer.Open(0, "?path=/seen/file");
        await page.SeesContent("before");

        long revision = await viewer.Put(1, "/seen/file", "after");
        await viewer.Put(2, "/seen/new", "x");

        await page.SeesContent("after");
        await page.Row("new").WaitForAsync();
        await page.Row("file").Filter(new() { HasText = $"{revision:N0}" }).WaitForAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Activity" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "/seen/new" }).WaitForAsync();
        page.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_page_outlives_its_node_without_a_gap_and_tells_when_the_quorum_is_lost()
    {
        await viewer.Ready();
        await viewer.Put(0, "/failover/first", "x");
        ViewerPage page = await viewer.Open(2, "?path=/failover/first");
        await page.Row("first").WaitForAsync();

        await viewer.Cluster.Kill(2);
        for (int i = 0; i < 20; i++)
            await viewer.Put(0, $"/failover/file-{i:00}", "x");

        // Each is an event of its own, so none may be missing.
        await page.Row("file-19").WaitForAsync();
        for (int i = 0; i < 20; i++)
            (await page.Row($"file-{i:00}").CountAsync()).ShouldBe(1);
        await page.Button("Edit").ClickAsync();
        await page.Page.GetByLabel("Content of /failover/first").FillAsync("written after the death");
        await page.Button("Save").ClickAsync();
        await page.SeesContent("written after the death");
        (await viewer.Cluster.Get(1, "/failover/first")).ShouldBe("written after the death");

        await viewer.Cluster.Kill(1);
        await page.Page.GetByRole(AriaRole.Alert).GetByText("No quorum in main").WaitForAsync();
        await page.Row("file-07").ClickAsync();
        await page.SeesContent("x");

        await viewer.Cluster.StartAll();
        await page.Page.GetByRole(AriaRole.Alert).WaitForAsync(new() { State = WaitForSelectorState.Detached });
        page.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("**/core/feed.js")]
    [InlineData("**/styles/shell.css")]
    public async Task A_page_of_which_a_file_did_not_come_is_loaded_again(string file)
    {
        await viewer.Ready();
        ViewerPage page = await viewer.OpenBlank();
        await page.Page.RouteAsync(file, route => route.AbortAsync(), new() { Times = 2 });
        await page.Load(viewer.Cluster.Http(0) + "/?path=/");
        await page.IsLive();
        await page.Page.WaitForFunctionAsync("() => [...document.styleSheets].length === 6 && history.state === null");
    }

    [Fact]
    public async Task A_page_of_which_a_file_never_comes_says_so()
    {
        await viewer.Ready();
        ViewerPage page = await viewer.OpenBlank();
        int asked = 0;
        await page.Page.RouteAsync("**/core/feed.js", route =>
        {
            asked++;
            return route.AbortAsync();
        });
        await page.Load(viewer.Cluster.Http(0) + "/");
        await page.Sees("The node did not send the whole viewer");
        asked.ShouldBe(10);
    }

    [Fact]
    public async Task Who_edits_what_somebody_else_has_changed_meanwhile_sees_both_and_decides()
    {
        await viewer.Ready();
        await viewer.Put(0, "/edited", "one\ntwo\n");
        ViewerPage page = await viewer.Open(0, "?path=/edited");
        await page.Button("Edit").ClickAsync();
        ILocator text = page.Page.GetByLabel("Content of /edited");
        await text.FillAsync("one\nmine\n");
        await viewer.Put(1, "/edited", "one\ntheirs\n");
        await page.Sees("The file has changed meanwhile");
        await page.Button("Save").ClickAsync();

        await page.Sees("Somebody was faster");
        await page.Page.Locator("tr.diff-del", new() { HasText = "theirs" }).WaitForAsync();
        await page.Page.Locator("tr.diff-add", new() { HasText = "mine" }).WaitForAsync();
        (await viewer.Cluster.Get(0, "/edited")).ShouldBe("one\ntheirs\n");

        await page.Button("Replace theirs with mine").ClickAsync();
        await page.Content.GetByText("mine").WaitForAsync();
        (await viewer.Cluster.Get(0, "/edited")).ShouldBe("one\nmine\n");
    }

    [Fact]
    public async Task A_file_is_made_deleted_and_brought_back()
    {
        await viewer.Ready();
        ViewerPage page = await viewer.Open(1, "");
        await page.Button("New file").First.ClickAsync();
        await page.Page.GetByLabel("Path", new() { Exact = true }).FillAsync("/made/here");
        await page.Page.GetByLabel("Content", new() { Exact = true }).FillAsync("by hand");
        await page.Button("Create").ClickAsync();
        await page.SeesContent("by hand");

        await page.Button("Delete").ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await page.Sees("here is deleted");
        (await viewer.Cluster.Get(0, "/made/here")).ShouldBeNull();

        await page.Goes("?path=/made/here&tab=history");
        await page.Page.GetByText("deleted", new() { Exact = true }).WaitForAsync();
        await page.Page.Locator(".history-change").Nth(1).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { NameRegex = ViewerPage.Pattern("^Restore") }).ClickAsync();
        await page.Sees("is back");
        (await viewer.Cluster.Get(0, "/made/here")).ShouldBe("by hand");
    }

    [Fact]
    public async Task The_whole_tree_is_shown_as_it_was_and_the_address_says_when()
    {
        await viewer.Ready();
        long first = await viewer.Put(0, "/past/file", "first");
        await viewer.Put(0, "/past/later", "x");
        await viewer.Put(0, "/past/file", "second");
        ViewerPage page = await viewer.Open(0, "?path=/past/file");
        await page.SeesContent("second");
        for (int i = 0; i < 2; i++)
        {
            await page.Button("One revision back").ClickAsync();
            await page.Page.WaitForURLAsync(ViewerPage.Pattern($"rev={first + 1 - i}"));
        }

        await page.SeesContent("first");
        await page.Row("file").WaitForAsync();
        await page.Row("later").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        ViewerPage shared = await viewer.Open(1, new Uri(page.Page.Url).Query);
        await shared.SeesContent("first");
        await shared.Button("Back to live").ClickAsync();
        await shared.SeesContent("second");
        await shared.Row("later").WaitForAsync();
    }

    [Fact]
    public async Task The_history_of_a_file_shows_what_a_change_did()
    {
        await viewer.Ready();
        await viewer.Put(0, "/compared", "same\nold\n");
        await viewer.Put(0, "/compared", "same\nnew\n");
        await viewer.Put(0, "/compared", "same\nnewest\n");
        ViewerPage page = await viewer.Open(0, "?path=/compared&tab=history");
        await page.Page.Locator("tr.diff-del", new() { HasText = "new" }).WaitForAsync();
        await page.Page.Locator("tr.diff-add", new() { HasText = "newest" }).WaitForAsync();

        await page.Page.GetByRole(AriaRole.Radio).Last.CheckAsync();
        await page.Page.Locator("tr.diff-del", new() { HasText = "old" }).WaitForAsync();
        await page.Page.Locator("tr.diff-same", new() { HasText = "same" }).WaitForAsync();
    }

    [Fact]
    public async Task What_is_stored_is_never_run()
    {
        const string Script = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">";
        await viewer.Ready();
        await viewer.Put(0, "/script.html", Script);
        await viewer.Put(0, "/script.html", Script + "\n");
        ViewerPage page = await viewer.Open(0, "?path=/script.html");
        (await page.Content.TextContentAsync())!.ShouldBe(Script + "\n");
        await page.Button("History").ClickAsync();
        await page.Page.Locator("tr.diff-add", new() { HasText = "onerror" }).WaitForAsync();
        (await page.Page.TitleAsync()).ShouldContain("/script.html");
        (await page.Page.Locator("img").CountAsync()).ShouldBe(0);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Ten_thousand_files_in_a_directory_are_scrolled_through_with_a_few_rows()
    {
        await viewer.Ready();
        await viewer.Fill("/many", 10_000);
        ViewerPage page = await viewer.Open(0, "?path=/many");
        await page.Row("file-00000").WaitForAsync();
        ILocator tree = page.Page.GetByRole(AriaRole.Tree);
        await tree.EvaluateAsync("tree => tree.scrollTop = tree.scrollHeight / 2");
        await page.Page.Locator(".tree-row .name").GetByText("file-05000").WaitForAsync();
        await tree.FocusAsync();
        await page.Page.Keyboard.PressAsync("End");
        await tree.EvaluateAsync("tree => tree.scrollTop = tree.scrollHeight");
        (await page.Page.GetByRole(AriaRole.Treeitem).CountAsync()).ShouldBeLessThan(100);

        // A link to one of the last shows where it is.
        await page.Goes("?path=/many/file-09990");
        await page.Row("file-09990").WaitForAsync();
    }

    [Fact]
    public async Task Who_holds_a_lock_and_who_waits_for_it_is_shown()
    {
        await viewer.Ready();
        long holder = await viewer.OpenSession("the holder");
        long waiter = await viewer.OpenSession("the waiter");
        await viewer.Put(0, "/locks/shown/lock-1", "", 0, holder);
        ViewerPage page = await viewer.Open(0, "?view=sessions");
        ILocator place = page.Page.GetByRole(AriaRole.Article, new() { Name = "lock /locks/shown" });
        await place.Locator("li.holds", new() { HasText = "the holder" }).WaitForAsync();
        await viewer.Put(1, "/locks/shown/lock-2", "", 0, waiter);
        await place.Locator("li.waits", new() { HasText = "the waiter" }).WaitForAsync();
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_view_hinders_anybody(ColorScheme colors)
    {
        await viewer.Ready();
        await viewer.Put(0, "/barriers/file", "{\"a\":[1,true,\"x\"]}");
        await viewer.Put(0, "/barriers/file", "{\"a\":[1,true,\"y\"]}");
        long session = await viewer.OpenSession("somebody");
        await viewer.Put(0, "/barriers/locks/lock-1", "", Revisions.Clobber, session);
        ViewerPage page = await viewer.Open(
            0, "", new() { ColorScheme = colors, ViewportSize = new() { Width = 1280, Height = 800 } });
        (string Query, string Sign)[] views =
        [
            ("?path=/barriers/file", ".json-key"), ("?path=/barriers/file&tab=history", "tr.diff-add"),
            ("?view=cluster", ".chart"), ("?view=sessions", ".place"),
            ("?path=/barriers", ".table-row"), ("?path=/nowhere", ".empty-title"), ("?view=activity", ".activity-row"),
        ];

        // The first two have all the colours.
        foreach ((string query, string sign) in colors == ColorScheme.Dark ? views[..2] : views)
        {
            await page.Goes(query);
            await page.Page.Locator(sign).First.WaitForAsync();
            await ShouldHinderNobody(page.Page, query, colors);
        }

        await page.Goes("");
        await page.Button("New file").First.ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await ShouldHinderNobody(page.Page, "the dialog", colors);
    }

    private static async Task ShouldHinderNobody(IPage page, string where, ColorScheme colors)
    {
        // Nothing but the colours differs in the dark.
        AxeRunOptions? options = colors == ColorScheme.Dark
            ? new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "rule", Values = ["color-contrast"] } }
            : null;
        AxeResult result = await page.RunAxe(options);
        IEnumerable<string> violations = result.Violations.Select(violation =>
            $"{violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}");
        violations.ShouldBeEmpty(where);
    }
}

using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Doozer.Tests.Viewer;

/// <summary>A page of the viewer, as who looks at it knows it.</summary>
internal sealed class ViewerPage
{
    public ViewerPage(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => Errors.Add(error);
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

    public Task Goes(string query) => Page.GotoAsync(new Uri(new Uri(Page.Url), "/" + query).ToString());
}

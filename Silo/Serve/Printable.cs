namespace Doozer.Silo.Serve;

/// <summary>
/// Texts for people that may hold what others wrote: on a terminal a control character is an order, and in a log a line feed
/// begins a line that nobody has logged.
/// </summary>
internal static class Printable
{
    /// <summary>The text in one line, with control characters as <c>\u001b</c>.</summary>
    public static string Line(string text) =>
        text.Any(char.IsControl)
            ? string.Concat(text.Select(each => char.IsControl(each) ? $"\\u{(int)each:x4}" : each.ToString()))
            : text;
}

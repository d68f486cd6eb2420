namespace Doozer.Node;

/// <summary>
/// How a group gets from the acceptors that it has to those that are wanted: by one at a time, and with no fewer than are wanted
/// as long as there were as many.
/// </summary>
internal static class AcceptorSteps
{
    /// <summary>The next steps that would do, the best first. None when there is nothing to do.</summary>
    /// <param name="now">The acceptors.</param>
    /// <param name="wanted">Those that are wanted.</param>
    /// <param name="missing">Nodes that do not answer: they go first.</param>
    public static IEnumerable<string[]> From(
        IReadOnlyCollection<string> now, IReadOnlyCollection<string> wanted, IReadOnlyCollection<string> missing)
    {
        string[] goes = [.. now.Except(wanted).OrderBy(node => missing.Contains(node) ? 0 : 1).ThenBy(node => node)];
        string[] comes = [.. wanted.Except(now).OrderBy(node => missing.Contains(node) ? 1 : 0).ThenBy(node => node)];
        foreach (string node in comes)
        {
            // Fewer than wanted: another is of more use than one that goes.
            yield return goes.Length == 0 || now.Count < wanted.Count
                ? [.. now, node]
                : [.. now.Where(each => each != goes[0]), node];
        }

        if (goes.Length > 0 && now.Count > wanted.Count)
            yield return [.. now.Where(each => each != goes[0])];
    }
}

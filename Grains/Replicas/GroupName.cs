using System.Globalization;

namespace Doozer.Replicas;

/// <summary>
/// Names the group of replicas of a namespace, on disks and between nodes. A namespace that was deleted and one that is made
/// again under its name share nothing, so their groups have different names.
/// </summary>
/// <param name="Namespace">The name of the namespace.</param>
/// <param name="Generation">
/// The revision of <c>main</c> that made it; 0 for <c>main</c> itself, and for what was there before namespaces were made.
/// </param>
internal readonly record struct GroupName(string Namespace, long Generation)
{
    // No namespace's name has it.
    private const char Separator = '+';

    /// <summary>The group of the namespace that is always there.</summary>
    public static GroupName Main { get; } = new(Names.Main, 0);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <returns>Null when the text names no group.</returns>
    public static GroupName? Parse(string text)
    {
        int at = text.IndexOf(Separator);
        if (at < 0)
            return Names.IsNamespace(text) ? new GroupName(text, 0) : null;
        return Names.IsNamespace(text[..at])
            && long.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long generation)
            && generation > 0
            ? new GroupName(text[..at], generation)
            : null;
    }

    public override string ToString() =>
        Generation == 0 ? Namespace : string.Create(CultureInfo.InvariantCulture, $"{Namespace}{Separator}{Generation}");
}

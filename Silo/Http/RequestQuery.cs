using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Doozer.Silo.Http;

/// <summary>The parameters of a request, each checked where it is read.</summary>
internal readonly struct RequestQuery(HttpRequest request)
{
    private static readonly TimeSpan MaxInterval = TimeSpan.FromSeconds(10);

    private readonly IQueryCollection _query = request.Query;

    /// <summary>
    /// Refuses what is not known or said twice: a slip such as <c>?revision=1</c> must not read something else.
    /// </summary>
    public static void RequireOnly(HttpRequest request, params ReadOnlySpan<string> names)
    {
        if (Fault(request, names) is { } fault)
            throw fault;
    }

    /// <summary>What <see cref="RequireOnly"/> refuses, or null.</summary>
    public static InvalidArgumentException? Fault(HttpRequest request, params ReadOnlySpan<string> names)
    {
        foreach ((string name, StringValues values) in request.Query)
        {
            if (!names.Contains(name))
            {
                return new InvalidArgumentException(name, names.IsEmpty
                    ? "there are no parameters here"
                    : $"there is no such parameter here, only {string.Join(", ", names)}");
            }

            if (values.Count > 1)
                return new InvalidArgumentException(name, "it is given more than once");
        }

        return null;
    }

    /// <summary>The revision to read, <see cref="Revisions.Latest"/> if none is given.</summary>
    public long RevisionOrLatest => Revision() ?? Revisions.Latest;

    public ReadMode Mode => Flag("local") ? ReadMode.Local : ReadMode.Linearizable;

    /// <summary>Whether files and events come with their bodies, or only with the length of them.</summary>
    public bool WithBodies => Text("bodies") is null || Flag("bodies");

    public string After => Text("after") ?? "";

    /// <summary>The revision a write may replace. Required: to clobber must be said.</summary>
    public long RequiredRevision => Revision() ?? throw new InvalidArgumentException(
        "rev", "a write needs ?rev=, the highest revision it may replace (0: must not exist, -1: any)");

    /// <summary>The session that is to hold a file, 0 if none is given.</summary>
    public long Session => Text("session") is { } text ? SessionId("session", text) : 0;

    public string Glob => Text("glob") ?? throw new InvalidArgumentException("glob", "?glob= is missing");

    public string? Text(string name) => _query.TryGetValue(name, out StringValues values) && values.Count > 0 ? values[0] : null;

    public bool Flag(string name) => Text(name) switch
    {
        null or "false" or "0" => false,
        "" or "true" or "1" => true,
        { } other => throw new InvalidArgumentException(name, $"'{other}' is neither true nor false"),
    };

    public int Limit(int otherwise) => Number("limit", Limits.PageSize) ?? otherwise;

    /// <summary>How many acceptors a namespace is to have, 0 if none is given.</summary>
    public int Replicas => Number("replicas", Limits.Replicas) ?? 0;

    /// <summary>How long to pause after events, zero if nothing is given.</summary>
    public TimeSpan Interval => Seconds("interval", TimeSpan.Zero, MaxInterval);

    public TimeSpan Timeout(TimeSpan otherwise) => Seconds("timeout", otherwise, Limits.WaitTimeout);

    /// <summary>Reads the id of a session.</summary>
    public static long SessionId(string name, string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id) && id > 0
            ? id
            : throw new InvalidArgumentException(name, $"'{text}' is not the id of a session");

    private int? Number(string name, int most)
    {
        if (Text(name) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= 1 && number <= most
            ? number
            : throw new InvalidArgumentException(name, $"'{text}' is not a number from 1 to {most}");
    }

    private TimeSpan Seconds(string name, TimeSpan otherwise, TimeSpan max)
    {
        if (Text(name) is not { } text)
            return otherwise;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds <= max.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidArgumentException(name, $"'{text}' is not a number of seconds from 0 to {max.TotalSeconds:0}");
    }

    private long? Revision()
    {
        if (Text("rev") is not { } text)
            return null;
        // One number is written in one way: "+1" is what a URL makes of a blank, and "-0" would not be "must not exist".
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long revision)
            && revision < long.MaxValue
            && text[0] != '+'
            && (text[0] != '-' || revision < 0)
            ? revision
            : throw new InvalidArgumentException("rev", $"'{text}' is not a revision");
    }
}

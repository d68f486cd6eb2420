using Microsoft.AspNetCore.Http.Features;

namespace Doozer.Silo.Http;

/// <summary>
/// A namespace and a path as the client spelled them. The server's own idea of the path is normalised (dot segments are gone),
/// so it could name another file than the client did.
/// </summary>
internal readonly record struct RequestTarget(string Namespace, string Path)
{
    private const int FixedSegments = 3;

    public static RequestTarget OfTree(HttpContext context)
    {
        string raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        ReadOnlySpan<char> target = PathOf(raw);

        // /v1/{namespace}/tree{/path}
        Span<Range> segments = stackalloc Range[FixedSegments + 2];
        int count = target.Split(segments, '/');
        if (count < FixedSegments + 1 || target[segments[1]] is not "v1" || target[segments[FixedSegments]] is not "tree")
            throw new InvalidPathException(raw, "its URL must begin with /v1/NAMESPACE/tree/, without dot segments");

        string name = Uri.UnescapeDataString(target[segments[2]].ToString());
        string path = count == FixedSegments + 1 ? "" : target[segments[FixedSegments + 1]].ToString();

        // No name contains a slash, so one that is encoded, as generated clients send it, stands between names too.
        return new RequestTarget(name, Uri.UnescapeDataString("/" + path));
    }

    /// <summary>Whether the server's idea of a path is another than the client's.</summary>
    public static bool HasDotSegment(string raw)
    {
        ReadOnlySpan<char> path = PathOf(raw);
        foreach (Range segment in path.Split('/'))
        {
            if (IsDotSegment(path[segment]))
                return true;
        }

        return false;
    }

    // Encoded dots count as dots.
    private static bool IsDotSegment(ReadOnlySpan<char> segment)
    {
        int dots = 0;
        for (; !segment.IsEmpty; dots++)
        {
            if (segment[0] == '.')
                segment = segment[1..];
            else if (segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase))
                segment = segment["%2e".Length..];
            else
                return false;
        }

        return dots is 1 or 2;
    }

    private static ReadOnlySpan<char> PathOf(string raw)
    {
        ReadOnlySpan<char> target = WithoutAuthority(raw);
        int query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
    }

    private static ReadOnlySpan<char> WithoutAuthority(string raw)
    {
        if (raw.StartsWith('/'))
            return raw;
        int scheme = raw.IndexOf("://", StringComparison.Ordinal);
        int slash = scheme < 0 ? -1 : raw.IndexOf('/', scheme + 3);
        return slash < 0 ? "/" : raw.AsSpan(slash);
    }
}

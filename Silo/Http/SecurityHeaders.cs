namespace Doozer.Silo.Http;

/// <summary>What every answer tells a browser, so that nothing that is stored here is ever run or framed by one.</summary>
internal static class SecurityHeaders
{
    private const string Store = "/v1";

    /// <summary>An answer of the store is no page, whatever its bytes look like.</summary>
    private const string NoPage = "default-src 'none'; frame-ancestors 'none'; sandbox";

    public static void Add(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        if (context.Request.Path.StartsWithSegments(Store))
            headers.ContentSecurityPolicy = NoPage;
    }
}

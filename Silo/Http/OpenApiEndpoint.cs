using System.Net.Mime;
using System.Text;

namespace Doozer.Silo.Http;

/// <summary>The interface told in OpenAPI 3.1, for those who generate clients.</summary>
/// <remarks>
/// It is written by hand, in <c>openapi.json</c>: ASP.NET's own generator sees nothing of handlers that read their requests
/// themselves, and would cost every start its time. Tests compare it with routes, parameters, answers and errors.
/// </remarks>
internal static class OpenApiEndpoint
{
    public const string Path = "/openapi/v1.json";

    private const string Resource = "openapi.json";
    private const string VersionPlaceholder = "{version}";

    private static readonly Lazy<byte[]> Document = new(Read);

    public static async Task Get(HttpContext context)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        context.Response.ContentLength = Document.Value.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(Document.Value, context.RequestAborted);
    }

    private static byte[] Read()
    {
        using Stream stream = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return Encoding.UTF8.GetBytes(
            reader.ReadToEnd().Replace(VersionPlaceholder, ProductVersion.Text, StringComparison.Ordinal));
    }
}

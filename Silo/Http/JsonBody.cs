using System.Text.Json;
using System.Text.Unicode;

namespace Doozer.Silo.Http;

/// <summary>Reads the body of a request as JSON, whatever its <c>Content-Type</c> says.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads an object; no body at all is one without members.</summary>
    /// <param name="context">The request.</param>
    /// <param name="limit">Most bytes that are read.</param>
    /// <param name="read">Makes what is wanted of the object, which is not there any more afterwards.</param>
    /// <exception cref="BodyTooLargeException">It is over the limit.</exception>
    /// <exception cref="BadHttpRequestException">It cannot be read, or is no JSON.</exception>
    public static async Task<T> Read<T>(HttpContext context, int limit, Func<JsonMembers, T> read)
    {
        RequestBody.RequireWholeAndPlain(context.Request);
        byte[] body = await RequestBody.Read(context.Request, limit);
        if (body.Length == 0)
            body = "{}"u8.ToArray();
        if (!Utf8.IsValid(body))
            throw new BadHttpRequestException("The body is no JSON: it is not UTF-8.");
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return read(new JsonMembers(document.RootElement, "body"));
        }
        catch (JsonException fault)
        {
            throw new BadHttpRequestException($"The body is no JSON: {fault.Message}", fault);
        }
        catch (InvalidOperationException fault)
        {
            throw new BadHttpRequestException("The body is no JSON: a text in it has half of a surrogate pair.", fault);
        }
    }
}

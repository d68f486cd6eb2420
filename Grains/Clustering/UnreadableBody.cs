using Microsoft.AspNetCore.Http;

namespace Doozer.Clustering;

/// <summary>What it means that the body of a request cannot be read.</summary>
internal static class UnreadableBody
{
    /// <summary>
    /// The fault as its client is told. The body is the client's, and nothing was done for it, whatever the web server throws:
    /// for some bad lengths it is an <see cref="IOException"/> like any other.
    /// </summary>
    public static BadHttpRequestException Of(IOException fault)
    {
        int status = (fault as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest;
        string message = status == StatusCodes.Status408RequestTimeout
            ? "The body came too slowly, or stopped coming."
            : $"The body cannot be read: {fault.Message}";
        return new BadHttpRequestException(message, status, fault);
    }
}

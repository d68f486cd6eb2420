using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Doozer.Clustering;

/// <summary>The body of a request that is being read. One that comes slowly does not keep a node from stopping.</summary>
internal static class IncomingBody
{
    /// <summary>How long the rest of a body may take when the node stops.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="read">How; it must heed the token.</param>
    /// <exception cref="OperationCanceledException">Its client has gone, or the node stops and it has not come: the connection
    /// is closed, and nothing was done.</exception>
    public static async Task<byte[]> Read(HttpRequest request, Func<CancellationToken, Task<byte[]>> read)
    {
        HttpContext context = request.HttpContext;
        TimeProvider time = context.RequestServices.GetService<TimeProvider>() ?? TimeProvider.System;
        IHostApplicationLifetime? lifetime = context.RequestServices.GetService<IHostApplicationLifetime>();
        using var late = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using CancellationTokenRegistration stop = (lifetime?.ApplicationStopping ?? default).Register(
            () => late.CancelAfter(Patience));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        try
        {
            return await read(either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            // An answer would have to wait for the rest of the body, too.
            context.Abort();
            throw;
        }
    }

    /// <summary>Reads a body to its end, unless it is too long.</summary>
    /// <exception cref="BadHttpRequestException">It is over the limit.</exception>
    public static async Task<byte[]> ReadAtMost(HttpRequest request, int limit, CancellationToken cancellation)
    {
        if (request.ContentLength > limit)
            throw TooLarge(limit);
        using var body = new MemoryStream();
        byte[] buffer = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (body.Length + read > limit)
                throw TooLarge(limit);
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static BadHttpRequestException TooLarge(int limit) => new(
        $"A peer's request has at most {limit} bytes.", StatusCodes.Status413PayloadTooLarge);
}

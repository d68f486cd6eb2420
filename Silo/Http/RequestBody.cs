using System.Buffers;
using System.IO.Pipelines;
using Doozer.Clustering;

namespace Doozer.Silo.Http;

/// <summary>Reads a whole body up to a limit, and not a byte more than that of one that is over it.</summary>
internal static class RequestBody
{
    /// <summary>Refuses a body that would not be stored as what it is: compressed, or a part of something.</summary>
    public static void RequireWholeAndPlain(HttpRequest request)
    {
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && encoding.ToString() is not "identity")
        {
            throw new BadHttpRequestException(
                $"Bodies are taken as they come: send this one without 'Content-Encoding: {encoding}'.",
                StatusCodes.Status415UnsupportedMediaType);
        }

        if (request.Headers.ContentRange.Count > 0)
            throw new BadHttpRequestException("A body is taken as a whole, and not in parts ('Content-Range').");
    }

    /// <summary>The bytes that reading the body may take.</summary>
    /// <exception cref="BodyTooLargeException">It says itself that it is over the limit.</exception>
    public static int MostBytes(HttpRequest request, int limit) => request.ContentLength switch
    {
        null => limit,
        { } length when length <= limit => (int)length,
        { } length => throw new BodyTooLargeException(length, limit),
    };

    /// <exception cref="BodyTooLargeException">It is over the limit.</exception>
    /// <exception cref="BadHttpRequestException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Nobody is there to be answered any more.</exception>
    public static async Task<byte[]> Read(HttpRequest request, int limit)
    {
        if (TryRead(request, limit) is { } received)
            return received;
        try
        {
            return await IncomingBody.Read(request, cancellation => ReadWhole(request, limit, cancellation));
        }
        catch (IOException fault)
        {
            throw UnreadableBody.Of(fault);
        }
    }

    /// <summary>Takes a body that has come with its headers, as most do: nothing needs to be prepared for a wait.</summary>
    private static byte[]? TryRead(HttpRequest request, int limit)
    {
        int length = MostBytes(request, limit);
        if (request.ContentLength is null || !request.BodyReader.TryRead(out ReadResult read))
            return null;
        if (read.Buffer.Length < length)
        {
            request.BodyReader.AdvanceTo(read.Buffer.Start);
            return null;
        }

        byte[] body = read.Buffer.ToArray();
        request.BodyReader.AdvanceTo(read.Buffer.End);
        return body;
    }

    private static async Task<byte[]> ReadWhole(HttpRequest request, int limit, CancellationToken cancellation)
    {
        if (request.ContentLength is not null)
        {
            byte[] body = new byte[MostBytes(request, limit)];
            await request.Body.ReadExactlyAsync(body, cancellation);
            return body;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(limit + 1);
        try
        {
            int read = await request.Body.ReadAtLeastAsync(
                buffer.AsMemory(0, limit + 1), limit + 1, throwOnEndOfStream: false, cancellation);
            return read > limit ? throw new BodyTooLargeException(read, limit) : buffer.AsSpan(0, read).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

using System.Globalization;
using Doozer.Namespaces;
using Doozer.Tree;

namespace Doozer.Silo.Http;

/// <summary>The events that a client asks for, from a revision on, however they reach it.</summary>
/// <param name="First">Those that are there already.</param>
/// <param name="Next">Those from a revision on; waits when there are none, and ends without when it has waited long.</param>
/// <param name="WithBodies">Whether they come with their bodies.</param>
internal sealed record EventFeed(WaitResult First, Func<long, Task<WaitResult>> Next, bool WithBodies)
{
    private const int EventsAtOnce = 100;

    /// <summary>
    /// Often enough for proxies that cut silent connections, and short enough that an abandoned poll soon ends.
    /// </summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Answers at once: a bad glob or a lost history is told as what it is, and the client learns where it stands.
    /// </summary>
    public static async Task<EventFeed> Open(
        HttpContext context, ILocalNamespaceGrain grain, EventReaders? readers, string @namespace)
    {
        var query = new RequestQuery(context.Request);
        string glob = query.Glob;
        ReadMode mode = query.Mode;
        long revision = LastEventId(context.Request) is { } last ? last + 1 : query.RevisionOrLatest;
        WaitResult first = (await grain
            .WaitShared(glob, revision, EventsAtOnce, TimeSpan.Zero, mode)
            .WaitAsync(context.RequestAborted)).Value;
        Glob parsed = Arguments.RequireGlob(glob);
        EventReader? reader = readers?.Find(@namespace);
        return new EventFeed(first, Next, query.WithBodies);

        // Most streams wait most of the time: a call of the grain for each would cost more than all else.
        async Task<WaitResult> Next(long from) => reader is not null
            ? await reader.Next(parsed, from, EventsAtOnce, KeepAlive, mode)
            : (await grain.WaitShared(glob, from, EventsAtOnce, KeepAlive, mode)).Value;
    }

    /// <summary>Writes the answer of a wait.</summary>
    public static async Task Write(AnswerWriter writer, EventPieces pieces, WaitResult result, bool withBodies)
    {
        await writer.Write("{\"events\":[");
        for (int i = 0; i < result.Events.Length; i++)
        {
            if (i > 0)
                await writer.Write(",");
            await writer.Write(pieces, result.Events[i], withBodies);
        }

        await writer.Write($"],\"next\":{result.Next}}}");
    }

    /// <summary>What is told of a failure in the midst of a stream.</summary>
    public static DoozerException Failure(Exception exception) => exception as DoozerException
        ?? new NodeUnavailableException("", $"the stream failed ({exception.GetType().Name})");

    private static long? LastEventId(HttpRequest request)
    {
        string? text = request.Headers["Last-Event-ID"];
        if (string.IsNullOrEmpty(text))
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            && id < long.MaxValue
            ? id
            : throw new InvalidArgumentException("Last-Event-ID", $"'{text}' is not a revision");
    }
}

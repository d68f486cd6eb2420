using System.Globalization;
using Doozer.Namespaces;
using Doozer.Tree;

namespace Doozer.Silo.Http;

/// <summary>The events that a client asks for, from a revision on, however they reach it.</summary>
internal sealed class EventFeed : IDisposable
{
    /// <summary>
    /// Often enough for proxies that cut silent connections, and short enough that an abandoned poll soon ends.
    /// </summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    private readonly Func<long, Task<WaitResult>> _read;
    private readonly SharedFeed _shared;
    private SharedFeed.Link _link;
    private long _next;

    /// <param name="first">What is there already.</param>
    /// <param name="withBodies">Whether events come with their bodies.</param>
    /// <param name="read">Reads events from a revision on; waits for some, but not for ever.</param>
    /// <param name="shared">What those share who want the same. It has been joined.</param>
    public EventFeed(WaitResult first, bool withBodies, Func<long, Task<WaitResult>> read, SharedFeed shared)
    {
        First = new EventDelivery(first);
        WithBodies = withBodies;
        _read = read;
        _shared = shared;
        _link = shared.Newest;
        _next = first.Next;
    }

    /// <summary>Those that were there already.</summary>
    public EventDelivery First { get; }

    /// <summary>Whether they come with their bodies.</summary>
    public bool WithBodies { get; }

    /// <summary>
    /// Answers at once: a bad glob or a lost history is told as what it is, and the client learns where it stands.
    /// </summary>
    public static async Task<EventFeed> Open(
        HttpContext context, ILocalNamespaceGrain grain, EventReaders? readers, SharedFeeds feeds, string @namespace)
    {
        var query = new RequestQuery(context.Request);
        string glob = query.Glob;
        ReadMode mode = query.Mode;
        TimeSpan interval = query.Interval;
        long revision = LastEventId(context.Request) is { } last ? last + 1 : query.RevisionOrLatest;
        WaitResult first = (await grain
            .WaitShared(glob, revision, SharedFeed.EventsAtOnce, TimeSpan.Zero, mode)
            .WaitAsync(context.RequestAborted)).Value;
        Glob parsed = Arguments.RequireGlob(glob);
        EventReader? reader = readers?.Find(@namespace);

        // Most streams wait most of the time: a call of the grain for each would cost more than all else.
        async Task<WaitResult> Read(long from) => reader is not null
            ? await reader.Next(parsed, from, SharedFeed.EventsAtOnce, KeepAlive, mode)
            : (await grain.WaitShared(glob, from, SharedFeed.EventsAtOnce, KeepAlive, mode)).Value;

        object source = reader is not null ? reader : @namespace;
        return new EventFeed(
            first, query.WithBodies, Read, feeds.Join(new FeedKey(source, glob, mode, interval), first.Next, Read));
    }

    /// <summary>What is told of a failure in the midst of a stream.</summary>
    public static DoozerException Failure(Exception exception) => exception as DoozerException
        ?? new NodeUnavailableException("", $"the stream failed ({exception.GetType().Name})");

    /// <summary>Those that follow; waits when there are none, and ends without when it has waited long.</summary>
    public async Task<EventDelivery> Next()
    {
        while (true)
        {
            if (_shared.IsFarBehind(_link))
                _link = _shared.Newest;
            if (_next < _link.End)
                return Own(await _read(_next));
            _link = await _link.Following;
            if (_link.Begin == _next)
            {
                _next = _link.End;
                return _link.Delivery;
            }

            if (_next < _link.End)
                return Own(new WaitResult([.. _link.Delivery.Result.Events.Where(e => e.Revision >= _next)], _link.End));
        }
    }

    public void Dispose() => _shared.Leave();

    private EventDelivery Own(WaitResult result)
    {
        _next = result.Next;
        return new EventDelivery(result);
    }

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

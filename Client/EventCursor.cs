using System.Runtime.CompilerServices;

namespace Doozer.Client;

/// <summary>
/// A place in the order of revisions, from which events are polled. It moves only by what an answer says, so an attempt that
/// fails moves nothing: the next one asks for the same revisions, whichever silo it reaches, and no event is missed or repeated.
/// </summary>
internal sealed class EventCursor(RequestSender sender, INamespaceGrain grain, string glob, long fromRevision, int max)
{
    public async IAsyncEnumerable<FileEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A local, so that enumerating the same watch twice starts at the same place.
        long next = fromRevision;
        if (next == Revisions.Latest)
            next = 1 + await PersistAsync<RevRequest, long>(new RevRequest(), cancellationToken);
        while (true)
        {
            var request = new WaitRequest(glob, next, max, sender.Options.PollTimeout);
            WaitResult result = await PersistAsync<WaitRequest, WaitResult>(request, cancellationToken);
            foreach (FileEvent change in result.Events)
                yield return change;
            next = Following(result, next);
        }
    }

    public async Task<WaitResult> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        long began = sender.Time.GetTimestamp();
        long next = fromRevision;

        // "Latest" must become a number first: asked anew after a failure it would skip what was written in between.
        if (next == Revisions.Latest)
            next = 1 + await sender.SendAsync<RevRequest, long>(grain, new RevRequest(), cancellationToken);
        while (true)
        {
            TimeSpan left = timeout - sender.Time.GetElapsedTime(began);
            var poll = TimeSpan.FromTicks(Math.Clamp(left.Ticks, 0, sender.Options.PollTimeout.Ticks));
            var request = new WaitRequest(glob, next, max, poll);
            WaitResult result = await sender.SendAsync<WaitRequest, WaitResult>(grain, request, cancellationToken);
            if (result.Events.Length != 0 || left <= sender.Options.PollTimeout)
                return result;
            next = Following(result, next);
        }
    }

    /// <summary>Where to go on. To go back would repeat events, and nobody downstream could tell.</summary>
    private static long Following(WaitResult result, long asked)
    {
        long least = result.Events.Length == 0 ? asked : result.Events[^1].Revision + 1;
        if (result.Next < least)
            throw new InvalidDataException($"A silo answered a wait from {asked} with the next revision {result.Next}.");
        return result.Next;
    }

    /// <summary>
    /// A watch outlives any failure: when a request's time is up, it is simply made again. Only the end of the client ends it.
    /// </summary>
    private async Task<T> PersistAsync<TRequest, T>(TRequest request, CancellationToken cancellationToken)
        where TRequest : struct, IRequest<T>
    {
        while (true)
        {
            try
            {
                Task<T> sent = sender.SendAsync<TRequest, T>(grain, request, cancellationToken);
                sent.Ignore();
                if (await Task.WhenAny(sent, sender.Closed) != sent)
                    throw RequestSender.HasClosed();
                return await sent;
            }
            catch (DoozerException exception) when (exception.Kind() == Failure.NotDone)
            {
                // Whether it has closed meanwhile is seen when it asks again.
                await Task.Delay(sender.LongestBackoff(), sender.Time, cancellationToken);
            }
        }
    }
}

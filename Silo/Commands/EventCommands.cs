using System.CommandLine;
using System.Globalization;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>Commands that wait for changes: wait, watch.</summary>
internal static class EventCommands
{
    /// <summary>How long the store is asked to wait at a time.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    public static IEnumerable<Command> Create(CommandConsole console) => [Wait(console), Watch(console)];

    private static Command Wait(CommandConsole console)
    {
        Argument<string> glob = StoreCommand.Glob();
        Option<long> revision = From();
        return StoreCommand.Create(
            "wait",
            "Waits for the first change of a matching file and prints it as 'doozer --help' tells.",
            console,
            [glob, revision],
            async context =>
            {
                string match = context.Arguments.GetValue(glob)!;

                // The first answer comes at once and puts a number to "next", which at another address would begin later.
                EventsResult result = await Ask(context, match, context.Arguments.GetValue(revision), 1, TimeSpan.Zero);
                while (result.Events.Length == 0)
                    result = await Ask(context, match, result.Next, 1, Poll);
                await Print(context, result.Events[0]);
            });
    }

    private static Command Watch(CommandConsole console)
    {
        Argument<string> glob = StoreCommand.Glob();
        Option<long> revision = From();
        return StoreCommand.Create(
            "watch",
            "Prints every change of a matching file until interrupted, as 'doozer --help' tells; goes on without a gap when a " +
            "node fails.",
            console, [glob, revision],
            context => Watch(context, context.Arguments.GetValue(glob)!, context.Arguments.GetValue(revision)));
    }

    private static async Task Watch(StoreCommand.Context context, string glob, long revision)
    {
        // The first answer comes at once: a mistake is told before anything is waited for, and where "next" begins is known.
        EventsResult result = await Ask(context, glob, revision, Limits.PageSize, TimeSpan.Zero);
        TimeSpan pause = ShortestPause;
        while (!context.Cancellation.IsCancellationRequested)
        {
            foreach (EventResult e in result.Events)
                await Print(context, e);
            try
            {
                result = await Ask(context, glob, result.Next, Limits.PageSize, Poll);
                pause = ShortestPause;
            }
            catch (StoreUnavailable exception)
            {
                if (pause == ShortestPause)
                    await context.Console.Error.WriteLineAsync($"doozer: {exception.Message} Trying again.");
                await Task.Delay(pause, TimeProvider.System, context.Cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                result = result with { Events = [] };
            }

            // Also when nothing has happened: whoever read this may be gone.
            await context.Console.Output.FlushAsync(context.Cancellation);
        }
    }

    private static Task<EventsResult> Ask(StoreCommand.Context context, string glob, long revision, int limit, TimeSpan wait)
    {
        string seconds = wait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return context.Store.Read(
            $"wait?glob={Uri.EscapeDataString(glob)}&rev={revision}&limit={limit}&timeout={seconds}",
            DoozerJson.Default.EventsResult,
            wait,
            context.Cancellation);
    }

    private static async Task Print(StoreCommand.Context context, EventResult e)
    {
        switch (e.Kind)
        {
            case KindNames.Set:
                await context.Print($"{e.Revision} set {e.Path} {e.Body.Length}");
                await context.Console.Output.WriteAsync(e.Body, context.Cancellation);
                await context.Print("");
                break;
            case KindNames.Del:
                await context.Print($"{e.Revision} del {e.Path}");
                break;
            default:
                await context.Print($"{e.Revision} nop");
                break;
        }

        await context.Console.Output.FlushAsync(context.Cancellation);
    }

    private static Option<long> From()
    {
        Option<long> revision = StoreOptions.Revision();
        revision.Description = "The first revision of interest (default the next one).";
        return revision;
    }
}

using System.CommandLine;
using System.Globalization;
using Doozer.Silo.Http;
using Doozer.Silo.Serve;

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
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create(
            "wait",
            "Waits for the first change of a matching file and prints it as 'doozer --help' tells.",
            console,
            [glob, revision, local],
            async context =>
            {
                var changes = new Changes(context, context.Arguments.GetValue(glob)!, context.Arguments.GetValue(local));

                // The first answer comes at once and puts a number to "next", which at another address would begin later.
                EventsResult result = await changes.From(context.Arguments.GetValue(revision), 1, TimeSpan.Zero);
                while (result.Events.Length == 0)
                    result = await changes.From(result.Next, 1, Poll);
                await Print(context, result.Events[0], null);
            });
    }

    private static Command Watch(CommandConsole console)
    {
        Argument<string> glob = StoreCommand.Glob();
        Option<long> revision = From();
        Option<bool> local = StoreOptions.Local();
        var exec = new Option<string?>("--exec")
        {
            HelpName = "COMMAND",
            Description =
                "Instead of printing a change, let the shell run this, with the change in DOOZER_PATH, DOOZER_KIND, " +
                "DOOZER_REVISION, DOOZER_SESSION and DOOZER_END, and the body on standard input. One at a time, in order.",
        };
        var time = new Option<bool>("--time")
        {
            Description = "Begin each change with the time of day at which it was received here.",
        };
        return StoreCommand.Create(
            "watch",
            "Prints every change of a matching file until interrupted, as 'doozer --help' tells; goes on without a gap when a " +
            "node fails.",
            console,
            [glob, revision, local, exec, time],
            context => Watch(
                context,
                new Changes(context, context.Arguments.GetValue(glob)!, context.Arguments.GetValue(local)),
                context.Arguments.GetValue(revision),
                Each(
                    context,
                    SettingsSources.Flag("exec", context.Arguments.GetValue(exec)),
                    context.Arguments.GetValue(time))));
    }

    private static Func<EventResult, DateTimeOffset, Task> Each(StoreCommand.Context context, string? command, bool withTime)
    {
        if (command is null)
            return (e, received) => Print(context, e, withTime ? received : null);
        if (context.IsJson || withTime)
            throw new CommandFailure("With --exec nothing is printed: leave out --json and --time.");
        var run = new ChangeCommand(command, context.Console);
        return (e, _) => run.Run(e, context.Cancellation);
    }

    private static async Task Watch(
        StoreCommand.Context context, Changes changes, long revision, Func<EventResult, DateTimeOffset, Task> each)
    {
        // The first answer comes at once: a mistake is told before anything is waited for, and where "next" begins is known.
        EventsResult result = await changes.From(revision, Limits.PageSize, TimeSpan.Zero);
        TimeSpan pause = ShortestPause;
        while (!context.Cancellation.IsCancellationRequested)
        {
            DateTimeOffset received = TimeProvider.System.GetLocalNow();
            foreach (EventResult e in result.Events)
                await each(e, received);
            try
            {
                result = await changes.From(result.Next, Limits.PageSize, Poll);
                pause = ShortestPause;
            }
            catch (StoreUnavailable exception)
            {
                if (pause == ShortestPause)
                    context.Console.Complain($"{exception.Message} Trying again.");
                await Task.Delay(pause, TimeProvider.System, context.Cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                result = result with { Events = [] };
            }

            // Also when nothing has happened: whoever read this may be gone.
            await context.Console.Output.FlushAsync(context.Cancellation);
        }
    }

    private static async Task Print(StoreCommand.Context context, EventResult e, DateTimeOffset? received)
    {
        if (context.IsJson)
        {
            await context.PrintJson(
                new PrintedEvent(received, e.Revision, e.Kind, e.Path, e.Body, e.Session, e.End),
                PrintedJson.Types.PrintedEvent);
        }
        else
        {
            await PrintLines(context, e, received is { } time ? $"{time:HH:mm:ss.fff} " : "");
        }

        await context.Console.Output.FlushAsync(context.Cancellation);
    }

    private static async Task PrintLines(StoreCommand.Context context, EventResult e, string time)
    {
        switch (e.Kind)
        {
            case KindNames.Set:
                await context.Print($"{time}{e.Revision} set {e.Path} {e.Body.Length}");
                await context.Console.Output.WriteAsync(e.Body, context.Cancellation);
                await context.Print("");
                break;
            case KindNames.Del:
                await context.Print($"{time}{e.Revision} del {e.Path}");
                break;
            default:
                await context.Print($"{time}{e.Revision} nop");
                break;
        }
    }

    private static Option<long> From()
    {
        Option<long> revision = StoreOptions.Revision();
        revision.Description = "The first revision of interest (default the next one).";
        return revision;
    }

    /// <summary>Asks for the changes of matching files.</summary>
    private sealed class Changes(StoreCommand.Context context, string glob, bool local)
    {
        public Task<EventsResult> From(long revision, int limit, TimeSpan wait)
        {
            string seconds = wait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return context.Store.Read(
                $"wait?glob={Uri.EscapeDataString(glob)}&rev={revision}&limit={limit}&timeout={seconds}"
                    + (local ? "&local=true" : ""),
                DoozerJson.Default.EventsResult,
                wait,
                context.Cancellation);
        }
    }
}

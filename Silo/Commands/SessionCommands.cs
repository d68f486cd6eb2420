using System.CommandLine;
using System.Globalization;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer session</c>: open, keep, list, close.</summary>
internal static class SessionCommands
{
    /// <summary>How soon a sign of life is sent again after one that failed.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static Command Create(CommandConsole console) => new("session", "Opens, keeps alive, lists and closes sessions.")
    {
        Open(console), Keep(console), List(console), Close(console),
    };

    public static Option<TimeSpan?> Ttl() => Duration.Option(
        "--ttl", "How long a session lasts when nothing is heard of it, from 1s to 1h (default 10s).");

    private static Command Open(CommandConsole console)
    {
        Option<TimeSpan?> ttl = Ttl();
        var owner = new Option<string?>("--owner") { HelpName = "TEXT", Description = "Whose it is, for people." };
        return StoreCommand.Create(
            "open",
            "Opens a session and prints its id. It ends after its ttl unless something keeps it alive.",
            console,
            [ttl, owner],
            async context =>
            {
                byte[] body = RequestJson.OfSession(context.Arguments.GetValue(ttl), context.Arguments.GetValue(owner));
                SessionResult session = await context.Store.Write(
                    HttpMethod.Post, "sessions", body, DoozerJson.Default.SessionResult, context.Cancellation);
                await context.Print(session, AnswerJson.Types.SessionResult, $"{session.Id}");
            });
    }

    private static Command Keep(CommandConsole console)
    {
        Argument<long> id = Id();
        return StoreCommand.CreateSilent(
            "keep",
            "Keeps a session alive until interrupted, or until it is over. Closes nothing.",
            console,
            [id],
            context => Keep(context, context.Arguments.GetValue(id)));
    }

    private static Command List(CommandConsole console)
    {
        Option<long> revision = StoreOptions.Revision();
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create(
            "list", "Prints the open sessions: a line 'ID SECONDS OWNER' for each.", console, [revision, local], async context =>
            {
                long at = context.Arguments.GetValue(revision);
                string after = "";
                SessionsResult page;
                do
                {
                    page = await context.Store.Read(
                        $"sessions?after={after}&{ReadQuery.Of(at, context.Arguments.GetValue(local))}",
                        DoozerJson.Default.SessionsResult, null, context.Cancellation);
                    foreach (SessionResult session in page.Sessions)
                    {
                        await context.Print(
                            session,
                            AnswerJson.Types.SessionResult,
                            Invariant($"{session.Id} {session.Ttl} {session.Owner}").TrimEnd());
                    }

                    (at, after) = (page.TreeRevision, page.After ?? "");
                }
                while (page.More);
            });
    }

    private static Command Close(CommandConsole console)
    {
        Argument<long> id = Id();
        return StoreCommand.Create(
            "close",
            "Ends a session: what it holds is deleted. Prints the new revision.",
            console,
            [id],
            async context => await context.PrintRevision(await context.Store.Write(
                HttpMethod.Delete, UrlOf(context.Arguments.GetValue(id)), null, context.Cancellation)));
    }

    /// <summary>
    /// Counts the ttl as a careful client does: from before the last sign of life that was confirmed, less a tenth for clocks
    /// that differ.
    /// </summary>
    private static async Task Keep(StoreCommand.Context context, long id)
    {
        using HttpClient http = StoreRequest.Client();
        INamespaceGrain nodes = HttpNamespace.Nodes(context.Store.Addresses, context.Store.Namespace, http);
        TimeSpan? ttl = null;
        long confirmed = 0;
        for (int failures = 0; ;)
        {
            long sent = TimeProvider.System.GetTimestamp();
            TimeSpan pause = Pause;
            try
            {
                if ((await nodes.KeepAlive([id])).Length > 0)
                    throw new CommandFailure(new SessionExpiredException(id).Message);
                ttl ??= await TtlOf(nodes, id);
                (confirmed, failures, pause) = (sent, 0, ttl.Value / 3);
            }
            catch (Exception exception) when (exception is DoozerException or IOException or TimeoutException)
            {
                if (ttl is { } lasts && TimeProvider.System.GetElapsedTime(confirmed) > 0.9 * lasts)
                    throw new CommandFailure($"The session {id} could not be kept alive in time: {exception.Message}");
                if (++failures == context.Store.Addresses.Count)
                    Complain(context, exception, isNew: ttl is null);
            }

            await Task.Delay(pause, TimeProvider.System, context.Cancellation);
        }
    }

    /// <exception cref="CommandFailure">It has never worked.</exception>
    private static void Complain(StoreCommand.Context context, Exception exception, bool isNew)
    {
        if (isNew)
            throw new CommandFailure(exception.Message);
        context.Console.Complain($"{exception.Message} Trying again.");
    }

    private static async Task<TimeSpan> TtlOf(INamespaceGrain nodes, long id)
    {
        FileContent file = await nodes.Get(Tree.Session.PathOf(id));
        return file.Exists
            ? TimeSpan.FromSeconds((double)SessionResult.Of(file.Body, id).Ttl)
            : throw new CommandFailure(new SessionExpiredException(id).Message);
    }

    private static string UrlOf(long id) => Invariant($"sessions/{id}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static Argument<long> Id() => new("ID")
    {
        Description = "The id of the session.",
        CustomParser = WholeNumber.Session,
    };
}

using System.CommandLine;
using System.Text;
using Doozer.Client.Recipes;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary>Commands that run another one while they hold something: lock, elect.</summary>
internal static class HoldCommands
{
    public static IEnumerable<Command> Create(CommandConsole console) => [Lock(console), Elect(console)];

    private static Command Lock(CommandConsole console)
    {
        var path = new Argument<string>("PATH") { Description = "Directory of the lock, such as /locks/backup." };
        Option<TimeSpan?> ttl = SessionCommands.Ttl();
        Option<TimeSpan?> wait = Duration.Option("--wait", "How long to wait for the lock; 0s: not at all (default for ever).");
        Argument<string[]> command = Program();
        return StoreCommand.Create(
            "lock",
            "Runs a command while it holds a lock, with DOOZER_FENCING_TOKEN and DOOZER_SESSION in its environment. Exits as " +
            "that does; with 124 when the lock could not be had in time, and with 123 when it was lost and the command ended.",
            console,
            [path, ttl, wait, command],
            printsData: false,
            context =>
            {
                string directory = context.Arguments.GetValue(path)!;
                return new HeldRun(context, context.Arguments.GetValue(ttl), $"the lock '{directory}'").Run(
                    context.Arguments.GetValue(command)!,
                    async (store, session, stop) =>
                        await new DistributedLock(store, directory).TryAcquireAsync(
                            session, context.Arguments.GetValue(wait) ?? Timeout.InfiniteTimeSpan, stop) is { } held
                                ? new Held(held.FencingToken, held.Lost)
                                : null);
            });
    }

    private static Command Elect(CommandConsole console)
    {
        var path = new Argument<string>("PATH") { Description = "Directory of the election, such as /service/leader." };
        Option<TimeSpan?> ttl = SessionCommands.Ttl();
        var value = new Option<string?>("--value")
        {
            HelpName = "TEXT",
            Description = "What others find in PATH/leader, such as this one's address (default HOST:PROCESS).",
        };
        Argument<string[]> command = Program();
        return StoreCommand.Create(
            "elect",
            "Runs a command once it is the leader, and as long as it is; otherwise as 'doozer lock'.",
            console,
            [path, ttl, value, command],
            printsData: false,
            context =>
            {
                string directory = context.Arguments.GetValue(path)!;
                string told = SettingsSources.Flag("value", context.Arguments.GetValue(value))
                    ?? $"{Environment.MachineName}:{Environment.ProcessId}";
                return new HeldRun(context, context.Arguments.GetValue(ttl), $"the leadership '{directory}'").Run(
                    context.Arguments.GetValue(command)!,
                    async (store, session, stop) =>
                    {
                        Leadership won = await new LeaderElection(store, directory).CampaignAsync(
                            session, Encoding.UTF8.GetBytes(told), stop);
                        return new Held(won.FencingToken, won.Lost);
                    });
            });
    }

    private static Argument<string[]> Program() => new("COMMAND")
    {
        Description = "What to run, after --, with its arguments.",
        Arity = ArgumentArity.OneOrMore,
    };
}

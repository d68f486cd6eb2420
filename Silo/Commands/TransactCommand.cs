using System.CommandLine;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer transact</c>.</summary>
internal static class TransactCommand
{
    public static Command Create(CommandConsole console) => StoreCommand.Create(
        "transact",
        """
        Makes the changes that standard input has, one a line, all or none. Prints the last of their revisions.

        set PATH REV TEXT                 writes a file: the rest of the line, without the line feed
        set-file PATH REV FILE            writes a file: what FILE holds
        hold PATH REV SESSION TEXT        the same for a file that is to go with a session; and hold-file
        del PATH REV                      deletes a file
        check PATH REV                    requires that the file is at just that revision; 0: that it is not there

        Parts have one space between them, and nothing is quoted. Empty lines and those that begin with # are passed over.
        """,
        console,
        [],
        Run);

    private static async Task Run(StoreCommand.Context context)
    {
        byte[] input = await BodyInput.OfStandardInput(context.Console, context.Cancellation);
        List<(int Line, Change Change)> changes = await TransactionLines.Read(input, context.Cancellation);
        if (changes.Count == 0)
            throw new CommandFailure("Standard input has no change.");
        byte[] request = RequestJson.OfTransaction(changes.Select(change => change.Change));
        try
        {
            await context.PrintRevision(
                await context.Store.Write(HttpMethod.Post, "transactions", request, context.Cancellation));
        }
        catch (StoreRefusal refusal) when (refusal.Problem?.Change is { } failed && failed < changes.Count)
        {
            throw new CommandFailure($"Line {changes[failed].Line}: {refusal.Message}", refusal.ExitCode);
        }
    }
}

namespace Doozer.Silo.Commands;

/// <summary>Ends a command with a message for standard error and an exit status.</summary>
internal class CommandFailure(string message, int exitCode = ExitCode.Failure) : Exception(message), IOperatorError
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>No address gave an answer that settles the matter; trying again later may help.</summary>
internal sealed class StoreUnavailable(string message) : CommandFailure(message);

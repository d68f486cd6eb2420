using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>Ends a command with a message for standard error and an exit status.</summary>
internal class CommandFailure(string message, int exitCode = ExitCode.Failure) : Exception(message), IOperatorError
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>A node refused what was asked for, as all others would.</summary>
/// <param name="message">For people.</param>
/// <param name="problem">What it said, if it is one of this version.</param>
internal sealed class StoreRefusal(string message, Problem? problem) : CommandFailure(message, StatusOf(problem))
{
    public Problem? Problem { get; } = problem;

    private static int StatusOf(Problem? problem) =>
        problem?.Code == "revision-mismatch" ? Commands.ExitCode.RevisionMismatch : Commands.ExitCode.Failure;
}

/// <summary>No address gave an answer that settles the matter; trying again later may help.</summary>
internal sealed class StoreUnavailable(string message) : CommandFailure(message);

namespace Doozer.Silo.Commands;

/// <summary>Exit statuses of every command.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The file was newer than the revision the command named.</summary>
    public const int RevisionMismatch = 1;

    /// <summary>Something is wrong with the cluster that was asked for.</summary>
    public const int Unhealthy = 1;

    /// <summary>Anything else went wrong.</summary>
    public const int Failure = 2;

    // Of commands that run another, whose own statuses they pass on.

    /// <summary>What was held was lost, and the command ended for that.</summary>
    public const int Lost = 123;

    /// <summary>What was to be held could not be had in time.</summary>
    public const int NotHeld = 124;

    /// <summary>Anything else went wrong before the command ran.</summary>
    public const int HoldFailure = 125;

    /// <summary>The command cannot be run.</summary>
    public const int CannotRun = 126;

    /// <summary>With the number of a signal added: that signal ended it.</summary>
    public const int Signalled = 128;
}

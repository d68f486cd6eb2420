namespace Doozer.Silo.Commands;

/// <summary>Exit statuses of every command.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The file was newer than the revision the command named.</summary>
    public const int RevisionMismatch = 1;

    /// <summary>Anything else went wrong.</summary>
    public const int Failure = 2;
}

namespace Doozer;

/// <summary>Fixed limits of the interface. Limits that an operator may change are in the silo's options.</summary>
public static class Limits
{
    /// <summary>Most entries of one page of a listing, a walk or a wait.</summary>
    public const int PageSize = 1000;

    /// <summary>A page ends once its bodies reach this many bytes (4 MiB).</summary>
    public const int PageBytes = 4 << 20;

    /// <summary>Longest path or glob, in bytes.</summary>
    public const int PathBytes = 1024;

    /// <summary>Longest time one <see cref="INamespaceGrain.Wait"/> may take (30 s).</summary>
    public static TimeSpan WaitTimeout { get; } = TimeSpan.FromSeconds(30);
}

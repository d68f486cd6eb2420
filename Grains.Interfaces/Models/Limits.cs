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

    /// <summary>Most changes of one transaction.</summary>
    public const int TransactionChanges = 128;

    /// <summary>Most bytes of a transaction's paths and bodies together (1 MiB).</summary>
    public const int TransactionBytes = 1 << 20;

    /// <summary>Most files that one session holds.</summary>
    public const int SessionFiles = 4096;

    /// <summary>Longest owner of a session, in bytes of UTF-8.</summary>
    public const int SessionOwnerBytes = 256;

    /// <summary>Most sessions that one <see cref="INamespaceGrain.KeepAlive"/> keeps alive.</summary>
    public const int KeepAliveSessions = 10_000;

    /// <summary>Most acceptors of a namespace.</summary>
    public const int Replicas = 64;

    /// <summary>Most acceptors of a namespace for which no number was given.</summary>
    public const int DefaultReplicas = 5;

    /// <summary>Shortest time that a session may last without a sign of life (1 s).</summary>
    public static TimeSpan ShortestTtl { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time that a session may last without a sign of life (1 h).</summary>
    public static TimeSpan LongestTtl { get; } = TimeSpan.FromHours(1);

    /// <summary>Longest time one <see cref="INamespaceGrain.Wait"/> may take (30 s).</summary>
    public static TimeSpan WaitTimeout { get; } = TimeSpan.FromSeconds(30);
}

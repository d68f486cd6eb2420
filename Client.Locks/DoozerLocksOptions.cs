namespace Doozer.Client.Locks;

/// <summary>Where the locks are, and how long they outlive their process.</summary>
public sealed class DoozerLocksOptions
{
    /// <summary>The namespace; null for the client's default.</summary>
    public string? Namespace { get; set; }

    /// <summary>The directory below which they are. Default <c>/locks</c>.</summary>
    public string Path { get; set; } = "/locks";

    /// <summary>
    /// How long the locks of a process that is dead, or cut off, stay held. Default 10 s. Of <see cref="Limits.ShortestTtl"/> to
    /// <see cref="Limits.LongestTtl"/>.
    /// </summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(10);
}

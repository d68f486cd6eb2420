namespace Doozer.Client;

/// <summary>How a client meets failures, and its limits.</summary>
public sealed class DoozerClientOptions
{
    /// <summary>The namespace that <see cref="IDoozerClient"/>'s own operations go to. Default <c>main</c>.</summary>
    public string Namespace { get; set; } = Names.Main;

    /// <summary>How long a request may take, all its attempts together. Default 10 s.</summary>
    /// <remarks>Longer than the silo's own limit (5 s by default), so that the silo's more exact error arrives first.</remarks>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one attempt may go unanswered before the request is submitted again. Default 2 s.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Back-off after the first failed attempt; it doubles with each further one. Default 20 ms.</summary>
    public TimeSpan MinBackoff { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Longest back-off. Default 500 ms.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long one poll of a watch or wait lasts at a silo. Default 2 s, at most <see cref="Limits.WaitTimeout"/>.
    /// </summary>
    /// <remarks>Together with <see cref="AttemptTimeout"/> the longest that a watch can hang on a gateway that died.</remarks>
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Most requests under way at once, each poll of a watch included; more give <see cref="OverloadedException"/>. Default
    /// 10,000.
    /// </summary>
    public int MaxInFlight { get; set; } = 10_000;

    /// <summary>Entries that a listing or walk asks for at once, 1 to <see cref="Limits.PageSize"/>. Default 1,000.</summary>
    public int PageSize { get; set; } = Limits.PageSize;
}

namespace Doozer.Namespaces;

/// <summary>What became of a request on its way to the leader.</summary>
internal enum RequestFate
{
    /// <summary>The leader answered it.</summary>
    Answered = 0,

    /// <summary>No leader took it: nothing was done.</summary>
    NotTaken = 1,

    /// <summary>The leader had too much waiting: nothing was done.</summary>
    Busy = 2,

    /// <summary>It was under way to a leader, or taken by one that was lost: it may be done, now or later.</summary>
    Unknown = 3,
}

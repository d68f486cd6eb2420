namespace Doozer;

/// <summary>Revisions with a special meaning.</summary>
public static class Revisions
{
    /// <summary>In a read: the newest revision.</summary>
    public const long Latest = -1;

    /// <summary>In a write: replace the file whatever its revision is.</summary>
    public const long Clobber = -1;

    /// <summary>The revision of a file that does not exist; in a write: the file must not exist.</summary>
    public const long Missing = 0;
}

namespace Doozer.Silo.Http;

/// <summary>Headers of this interface.</summary>
internal static class DoozerHeaders
{
    /// <summary>Revision of the file that is answered, or of the write that was done.</summary>
    public const string Revision = "Doozer-Revision";

    /// <summary>Revision of the tree that was read.</summary>
    public const string TreeRevision = "Doozer-Tree-Revision";

    /// <summary>The session that holds the file that is answered.</summary>
    public const string Session = "Doozer-Session";

    /// <summary>Identity of a write, a GUID, so that it may be sent again.</summary>
    public const string RequestId = "Doozer-Request-Id";

    /// <summary>A revision that the client knew before it first sent a write, the same each time it is sent.</summary>
    public const string RequestFloor = "Doozer-Request-Floor";
}

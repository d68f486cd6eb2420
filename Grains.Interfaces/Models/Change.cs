namespace Doozer;

/// <summary>What a <see cref="Change"/> does.</summary>
public enum ChangeKind
{
    /// <summary>Writes a file.</summary>
    Set = 1,

    /// <summary>Deletes a file.</summary>
    Del = 2,

    /// <summary>Requires a file's revision, and changes nothing.</summary>
    Check = 3,
}

/// <summary>One change of a transaction: see <see cref="INamespaceGrain.Transact"/>.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Path">Absolute path of the file.</param>
/// <param name="Body">Of a Set: the new content; callers must not change the array afterwards. Empty otherwise.</param>
/// <param name="Revision">Of a Set or Del: highest revision of the file that may be replaced; 0: must not exist; -1: any. Of a
/// Check: the file's revision, 0 when it must not exist.</param>
/// <param name="Session">Of a Set: the session that is to hold the file; 0 for none.</param>
[GenerateSerializer, Alias("Doozer.Change")]
public sealed record Change(
    [property: Id(0)] ChangeKind Kind,
    [property: Id(1)] string Path,
    [property: Id(2)] byte[] Body,
    [property: Id(3)] long Revision,
    [property: Id(4)] long Session = 0)
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="body">The new content; callers must not change the array afterwards.</param>
    /// <param name="revision">Highest revision of the file that may be replaced; 0: must not exist; -1: any.</param>
    /// <param name="session">The session that is to hold the file; 0 for none.</param>
    public static Change Set(string path, byte[] body, long revision = Revisions.Clobber, long session = 0) =>
        new(ChangeKind.Set, path, body, revision, session);

    /// <summary>Deletes a file, which must exist.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="revision">Highest revision of the file that may be deleted; -1: any.</param>
    public static Change Del(string path, long revision = Revisions.Clobber) => new(ChangeKind.Del, path, [], revision);

    /// <summary>Requires that a file is as it was read.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="revision">Its revision; 0: it must not exist.</param>
    public static Change Check(string path, long revision) => new(ChangeKind.Check, path, [], revision);
}

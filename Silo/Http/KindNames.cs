namespace Doozer.Silo.Http;

/// <summary>The words of the JSON interface for what a path or an event is.</summary>
internal static class KindNames
{
    public const string File = "file";
    public const string Directory = "directory";
    public const string Missing = "missing";
    public const string Set = "set";
    public const string Del = "del";
    public const string Nop = "nop";

    public static string Of(EntryKind kind) => kind switch
    {
        EntryKind.File => File,
        EntryKind.Directory => Directory,
        _ => Missing,
    };

    public static string Of(FileEventKind kind) => kind switch
    {
        FileEventKind.Set => Set,
        FileEventKind.Del => Del,
        _ => Nop,
    };
}

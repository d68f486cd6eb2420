namespace Doozer.Silo.Commands;

/// <summary>Variables by which commands that run others tell them something.</summary>
internal static class CommandVariables
{
    public const string FencingToken = "DOOZER_FENCING_TOKEN";
    public const string Session = "DOOZER_SESSION";
    public const string Path = "DOOZER_PATH";
    public const string Kind = "DOOZER_KIND";
    public const string Revision = "DOOZER_REVISION";
    public const string End = "DOOZER_END";

    public static IReadOnlyList<string> All { get; } = [FencingToken, Session, Path, Kind, Revision, End];
}

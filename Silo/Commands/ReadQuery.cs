using System.CommandLine;

namespace Doozer.Silo.Commands;

/// <summary>The query that says which tree a command reads.</summary>
internal static class ReadQuery
{
    public static string Of(ParseResult arguments, Option<long> revision, Option<bool> local) =>
        Of(arguments.GetValue(revision), arguments.GetValue(local));

    public static string Of(long revision, bool local) => $"rev={revision}&local={(local ? "true" : "false")}";
}

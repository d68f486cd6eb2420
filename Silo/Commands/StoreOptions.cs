using System.CommandLine;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary>Options that commands share.</summary>
internal static class StoreOptions
{
    public const string AddressVariable = "DOOZER_ADDRESS";
    private const string DefaultAddress = "http://127.0.0.1:8000";

    public static Option<string?> Address() => new("--address", "-a")
    {
        HelpName = "URL[,URL...]",
        Description =
            "Where the store is, also as HOST[:PORT]; with several the next is tried when one fails (default " +
            $"${AddressVariable}, else {DefaultAddress}).",
    };

    public const string NamespaceName = "--namespace";

    public static Option<string> Namespace() => new(NamespaceName, "-n")
    {
        HelpName = "NAME",
        Description = "Which namespace.",
        DefaultValueFactory = _ => Names.Main,
    };

    public static Option<long> Revision() => new("--revision", "-r")
    {
        HelpName = "REV",
        Description = "The revision to read (default the newest).",
        DefaultValueFactory = _ => Revisions.Latest,
        CustomParser = WholeNumber.Revision,
    };

    public static Option<bool> Local() => new("--local")
    {
        Description = "Read the node's own replica without asking a quorum; may be old.",
    };

    public static Option<bool> Json() => new("--json")
    {
        Description = "Print JSON: an object on each line.",
    };

    /// <summary>Makes the client a command asks for.</summary>
    public static StoreClient Client(string? addresses, string @namespace)
    {
        string text = addresses ?? Environment.GetEnvironmentVariable(AddressVariable) ?? DefaultAddress;
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
            throw new CommandFailure("No address is given: use -a URL[,URL...].");

        RequireNamespace(@namespace);
        return new StoreClient(Array.ConvertAll(parts, ParseAddress), @namespace);
    }

    // Here already: the status of a namespace 'clustering' would be answered by another page, /v1/clustering/status.
    public static void RequireNamespace(string @namespace)
    {
        try
        {
            Names.RequireNamespace(@namespace);
        }
        catch (InvalidNamespaceException exception)
        {
            throw new CommandFailure(exception.Message);
        }
    }

    private static Uri ParseAddress(string text)
    {
        // A host alone is a node; a URL has the port that URLs have.
        string url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (url.Length > text.Length && !text[(text.LastIndexOf(']') + 1)..].Contains(':'))
            url = $"{url.TrimEnd('/')}:{DefaultPorts.Http}";
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
            && address.Scheme is "http" or "https"
            && address is { PathAndQuery: "/", Fragment: "", UserInfo: "" }
            ? address
            : throw new CommandFailure($"'{text}' is not an address: use http://HOST:PORT.");
    }
}

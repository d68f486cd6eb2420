using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Doozer.Clustering;
using Doozer.Silo.Http;
using Doozer.Silo.Viewer;
using Doozer.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Doozer.Tests.Silo;

/// <summary>Whether what the description of the HTTP interface says is so: all of it, and nothing besides.</summary>
public sealed class OpenApiTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly JsonNode Document = JsonNode.Parse(File.ReadAllText(InRepository("Silo/Http/openapi.json")))!;

    /// <summary>The schemas, and what is answered as each.</summary>
    private static readonly (string Schema, JsonTypeInfo Type)[] Answers =
    [
        ("Problem", DoozerJson.Default.Problem), ("Written", DoozerJson.Default.WriteResult),
        ("NamespaceFacts", DoozerJson.Default.NamespaceFacts),
        ("NewestRevision", DoozerJson.Default.RevisionResult), ("TreeDigest", DoozerJson.Default.DigestResult),
        ("Stat", DoozerJson.Default.StatResult), ("Entry", DoozerJson.Default.EntryResult),
        ("DirectoryPage", DoozerJson.Default.DirectoryResult), ("WalkPage", DoozerJson.Default.WalkResult),
        ("EventPage", DoozerJson.Default.EventsResult), ("Session", DoozerJson.Default.SessionResult),
        ("SessionPage", DoozerJson.Default.SessionsResult), ("NodeInfo", DoozerJson.Default.NodeInfo),
        ("NodeLocation", DoozerJson.Default.NodeLocation), ("NamespaceOverview", DoozerJson.Default.NamespaceResult),
        ("Overview", DoozerJson.Default.OverviewResult), ("QuorumStatus", DoozerJson.Default.QuorumStatus),
        ("PeerStatus", DoozerJson.Default.PeerStatus), ("MemoryStatus", DoozerJson.Default.MemoryStatus),
        ("DiskStatus", DoozerJson.Default.DiskStatus), ("ReplicaStatus", DoozerJson.Default.ReplicaStatus),
        ("NamespaceStatus", DoozerJson.Default.NamespaceStatus), ("DurationSummary", DoozerJson.Default.DurationSummary),
        ("NamespaceSample", DoozerJson.Default.NamespaceSample), ("LogSample", DoozerJson.Default.LogSample),
        ("NodeReport", DoozerJson.Default.NodeReport), ("NodeResult", DoozerJson.Default.NodeResult),
        ("Cluster", DoozerJson.Default.ClusterResult), ("PeerContact", ClusteringJson.Default.PeerContact),
        ("Member", ClusteringJson.Default.MemberStatus), ("ClusteringStatus", ClusteringJson.Default.ClusteringStatus),
        ("ClusteringGateways", ClusteringJson.Default.ClusteringGateways),
        ("ListedNode", ClusteringJson.Default.ListedNodeView), ("NodeList", ClusteringJson.Default.NodeListView),
        ("NodeChange", ClusteringJson.Default.NodeChangeRequest),
    ];

    [Fact]
    public async Task Every_route_is_told_with_its_methods_and_path_parameters()
    {
        using var folder = new TemporaryDirectory();
        await using WebApplication app = NodeHostTests.Build(folder);
        Routes(app).Select(route => $"{route.Method} {route.Path}").Order(StringComparer.Ordinal)
            .ShouldBe(Operations().Select(each => $"{each.Method} {each.Path}").Order(StringComparer.Ordinal));
        foreach ((string method, string path, JsonNode operation) in Operations())
        {
            Regex.Matches(path, @"\{(?<name>\w+)\}", RegexOptions.None, Patience).Select(match => match.Groups["name"].Value)
                .ShouldBe(Parameters(operation, "path"), ignoreOrder: true, $"{method} {path}");
        }
    }

    [Fact]
    public async Task Every_parameter_is_told()
    {
        using var folder = new TemporaryDirectory();
        await using WebApplication app = NodeHostTests.Build(folder);
        var told = Operations().ToDictionary(each => $"{each.Method} {each.Path}", each => each.Operation);
        foreach ((string method, string path, RouteEndpoint endpoint) in Routes(app))
        {
            // Those below take none, which the checks of all requests see to.
            string[] known = path.StartsWith("/v1/clustering/", StringComparison.Ordinal)
                ? []
                : await KnownParameters(app, method, endpoint);
            Parameters(told[$"{method} {path}"], "query").ShouldBe(known, ignoreOrder: true, $"{method} {path}");
        }
    }

    [Fact]
    public void Every_answer_has_just_the_members_that_are_told()
    {
        foreach ((string name, JsonTypeInfo type) in Answers)
        {
            JsonObject members = Schema(name)["properties"]!.AsObject();
            type.Properties.Select(property => property.Name)
                .ShouldBe(members.Select(member => member.Key), ignoreOrder: true, name);
            type.Properties.Where(property => !IsOptional(property)).Select(property => property.Name)
                .ShouldBe(Required(name), ignoreOrder: true, name);
            foreach (JsonPropertyInfo property in type.Properties)
                TypeOf(members[property.Name]!).ShouldBe(TypeOf(property.PropertyType), $"{name}.{property.Name}");
        }
    }

    /// <summary>Many languages would have to give it another name.</summary>
    [Fact]
    public void No_member_has_the_name_of_its_schema()
    {
        foreach ((string name, JsonNode? schema) in Document["components"]!["schemas"]!.AsObject())
        {
            schema!["properties"]!.AsObject()
                .ShouldNotContain(member => member.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void What_is_written_piece_by_piece_has_just_the_members_that_are_told()
    {
        byte[] body = "x"u8.ToArray();
        var file = new WalkedFile("/a", 1, body, 7);
        var written = new FileEvent(1, FileEventKind.Set, "/a", body, 7, 2);
        MembersOf(JsonPieces.OfFile(file, 0), JsonPieces.OfFileWithoutBody(file))
            .ShouldBe(Members("WalkedFile"), ignoreOrder: true);
        MembersOf(JsonPieces.OfEvent(written, 0), JsonPieces.OfEventWithoutBody(written))
            .ShouldBe(Members("Event"), ignoreOrder: true);
        Required("WalkedFile").ShouldBe(["path", "revision"]);
        Required("Event").ShouldBe(["revision", "kind", "path"]);
    }

    /// <summary>Of the description and of docs/http.md, by the sources.</summary>
    [Fact]
    public void Every_code_of_an_error_is_told()
    {
        string[] codes =
        [
            .. Codes("Grains.Interfaces/Errors", @"base\(\s*""([a-z-]+)"""),
            .. Codes("Silo", @"Problems\.Create\(\s*[\w.]+,\s*""([a-z-]+)"""),
            .. Codes("Grains/Clustering", @"const string \w+ = ""([a-z]+(?:-[a-z]+)*)"";", "PeerRefusal.cs"),
        ];
        codes = [.. codes.Distinct().Order(StringComparer.Ordinal)];
        codes.Length.ShouldBeGreaterThan(30);
        Schema("Problem")["properties"]!["code"]!["examples"]!.AsArray().Select(code => (string)code!)
            .Order(StringComparer.Ordinal).ShouldBe(codes);
        string table = File.ReadAllText(InRepository("docs/http.md")).Split("## Problems")[1].Split("\n## ")[0];
        Regex.Matches(table, @"(?m)^\| (?<codes>`[^|]+`) \|", RegexOptions.None, Patience)
            .SelectMany(row => row.Groups["codes"].Value.Split(", "))
            .Select(code => code.Trim('`'))
            .Order(StringComparer.Ordinal)
            .ShouldBe(codes);
    }

    private static IEnumerable<string> Codes(string folder, string pattern, string files = "*.cs") =>
        Directory.EnumerateFiles(InRepository(folder), files, SearchOption.AllDirectories)
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), pattern, RegexOptions.None, Patience))
            .Select(match => match.Groups[1].Value);

    /// <summary>What a route says that it knows, when it is asked with what it does not.</summary>
    private static async Task<string[]> KnownParameters(WebApplication app, string method, RouteEndpoint endpoint)
    {
        var context = new DefaultHttpContext { RequestServices = app.Services };
        context.Request.Method = method;
        context.Request.QueryString = new QueryString("?no-such=1");
        using var body = new MemoryStream();
        context.Response.Body = body;
        await endpoint.RequestDelegate!(context);
        body.Position = 0;
        Problem problem = (await JsonSerializer.DeserializeAsync(
            body, DoozerJson.Default.Problem, TestContext.Current.CancellationToken))!;
        problem.Code.ShouldBe("invalid-argument");
        const string Only = " here, only ";
        int names = problem.Detail.IndexOf(Only, StringComparison.Ordinal);
        return names < 0 ? [] : problem.Detail[(names + Only.Length)..].TrimEnd('.').Split(", ");
    }

    private static IEnumerable<(string Method, string Path, RouteEndpoint Endpoint)> Routes(WebApplication app) =>
        from source in ((IEndpointRouteBuilder)app).DataSources
        from endpoint in source.Endpoints.OfType<RouteEndpoint>()
        let path = endpoint.RoutePattern.RawText!.Replace("**", "", StringComparison.Ordinal)

        // Pages, for people.
        where path != "/" && !path.StartsWith(ViewerPages.Path, StringComparison.Ordinal) && path != "/dashboard"
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
        select (method, path, endpoint);

    private static IEnumerable<(string Method, string Path, JsonNode Operation)> Operations() =>
        from path in Document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (operation.Key.ToUpperInvariant(), path.Key, operation.Value);

    private static IEnumerable<string> Parameters(JsonNode operation, string place) =>
        from reference in operation["parameters"]?.AsArray() ?? []
        let parameter = Document["components"]!["parameters"]![((string)reference["$ref"]!).Split('/')[^1]]!
        where (string)parameter["in"]! == place
        select (string)parameter["name"]!;

    private static JsonNode Schema(string name) => Document["components"]!["schemas"]![name]!;

    private static IEnumerable<string> Members(string name) =>
        Schema(name)["properties"]!.AsObject().Select(member => member.Key);

    private static IEnumerable<string> Required(string name) =>
        Schema(name)["required"]!.AsArray().Select(member => (string)member!);

    private static IEnumerable<string> MembersOf(params IEnumerable<byte[]> objects) =>
        objects.SelectMany(json => JsonNode.Parse(json)!.AsObject().Select(member => member.Key)).Distinct();

    private static bool IsOptional(JsonPropertyInfo property) =>
        property.IsGetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null;

    /// <summary>As JSON Schema names it; <c>array</c> with what it is of.</summary>
    private static string TypeOf(JsonNode schema)
    {
        if (schema["$ref"] is not null)
            return "object";
        string type = (string)schema["type"]!;
        return type == "array" ? $"array of {TypeOf(schema["items"]!)}" : type;
    }

    private static string TypeOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string) || type == typeof(Guid) || type == typeof(byte[]) || type.IsEnum)
            return "string";
        if (type == typeof(bool))
            return "boolean";
        if (type == typeof(int) || type == typeof(long))
            return "integer";
        if (type == typeof(double) || type == typeof(decimal))
            return "number";
        Type? item = type.IsArray ? type.GetElementType() : type.IsGenericType ? type.GetGenericArguments()[0] : null;
        return item is null ? "object" : $"array of {TypeOf(item)}";
    }

    private static string InRepository(string path) => Path.Combine(AppContext.BaseDirectory, "../../../..", path);
}

using System.Net;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;

namespace Doozer.Tests.EndToEnd;

/// <summary>What a node's own description of its HTTP interface is good for, and how it keeps others out.</summary>
public sealed class GeneratedClientTests(OneProcessFixture node) : IClassFixture<OneProcessFixture>
{
    /// <summary>What somebody might write who has nothing but the generated client.</summary>
    private const string Program =
        """
        using System;
        using System.IO;
        using System.Linq;
        using System.Net.Http;
        using System.Text;
        using System.Text.Json;
        using System.Threading.Tasks;
        using Generated;

        public static class Program
        {
            public static async Task<string> Run(HttpClient http)
            {
                var client = new DoozerHttpClient(http);
                Session session = await client.OpenSessionAsync("main", body: new NewSession { Owner = "a generated client" });
                await client.KeepSessionAliveAsync("main", session.Id);
                var id = Guid.NewGuid();
                Written written = await client.PutFileAsync("main", "app/name", -1, Body("hello"), session.Id, id);
                Written again = await client.PutFileAsync("main", "app/name", -1, Body("hello"), session.Id, id);
                FileResponse file = await client.GetFileAsync("main", "app/name");
                string text = await new StreamReader(file.Stream).ReadToEndAsync();
                FileResponse stat = await client.GetFileAsync("main", "app/name", stat: true);
                Stat known = await JsonSerializer.DeserializeAsync<Stat>(stat.Stream);
                Written changed = await client.TransactAsync("main", new Transaction
                {
                    Changes =
                    {
                        new Change { Check = "/app/name", Revision = written.Revision },
                        new Change { Set = "/app/key", Body = new byte[] { 1, 2 }, Revision = -1 },
                        new Change { Set = "/app/text", Text = "t", Revision = -1 },
                    },
                });
                WalkPage walk = await client.WalkAsync("main", "/app/*");
                EventPage events = await client.WaitAsync("main", "/app/**", rev: changed.Revision, timeout: 0);
                NamespaceStatus status = await client.GetStatusAsync("main");
                Overview overview = await client.GetOverviewAsync();
                string code = "none";
                try
                {
                    await client.DeleteFileAsync("main", "app/key", 0);
                }
                catch (ApiException<Problem> refused)
                {
                    code = $"{refused.StatusCode} {refused.Result.Code} {refused.Result.Current == changed.Revision - 1}";
                }

                await client.CloseSessionAsync("main", session.Id);
                string ready = await client.GetReadinessAsync();
                return string.Join('\n',
                    again.Revision == written.Revision, text, known.Kind, known.Session == session.Id,
                    string.Join(' ', walk.Files.Select(each => each.Path)), events.Events.Single().Kind,
                    status.Leading.Role, overview.Nodes.Single().Node, code, ready.Trim());
            }

            private static Stream Body(string text) => new MemoryStream(Encoding.UTF8.GetBytes(text));
        }
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_generated_from_the_description_works()
    {
        ProcessCluster cluster = await node.AllUp();
        using HttpClient http = Client(cluster);
        string json = await http.GetStringAsync("/openapi/v1.json", Cancellation);
        ((string)JsonNode.Parse(json)!["info"]!["version"]!).ShouldMatch(@"^\d+\.\d+\.\d+");
        var generator = new CSharpClientGenerator(
            await OpenApiDocument.FromJsonAsync(json, Cancellation),
            new CSharpClientGeneratorSettings
            {
                ClassName = "DoozerHttpClient",
                UseBaseUrl = false,
                GenerateOptionalParameters = true,
                CSharpGeneratorSettings = { Namespace = "Generated", JsonLibrary = CSharpJsonLibrary.SystemTextJson },
            });
        var context = new AssemblyLoadContext("generated", isCollectible: true);
        using MemoryStream assembly = Compile(generator.GenerateFile(), Program);
        MethodInfo run = context.LoadFromStream(assembly).GetType("Program")!.GetMethod("Run")!;
        (await (Task<string>)run.Invoke(null, [http])!).Split('\n').ShouldBe(
        [
            "True", "hello", "File", "True", "/app/key /app/name /app/text", "Set", "Leader", "n1",
            "412 revision-mismatch True", "ready",
        ]);
        context.Unload();
    }

    /// <summary>All that is there, as the description tells.</summary>
    [Fact]
    public async Task Wrong_methods_are_refused_and_pages_of_other_sites_read_and_change_nothing()
    {
        ProcessCluster cluster = await node.AllUp();
        using HttpClient http = Client(cluster);
        JsonNode document = JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json", Cancellation))!;
        string before = await http.GetStringAsync("/v1/main/rev?local", Cancellation);
        foreach ((string path, JsonNode? operations) in document["paths"]!.AsObject())
        {
            string url = path.Replace("{namespace}", "main").Replace("{path}", "a").Replace("{id}", "1");
            string[] methods = [.. operations!.AsObject().Select(each => each.Key.ToUpperInvariant())];
            if (path != "/v1/clustering/peer")
            {
                using HttpResponseMessage wrong = await Send(http, "PATCH", url, origin: null);
                wrong.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed, url);

                // It could be a namespace's URL, were that a namespace's name.
                wrong.Content.Headers.Allow.ShouldBe(
                    path == "/v1/self" ? ["GET", "PUT", "DELETE"] : methods, ignoreOrder: true, url);
            }

            foreach (string method in methods.Where(each => each is not ("GET" or "HEAD")))
            {
                using HttpResponseMessage foreign = await Send(http, method, url, "http://evil.example");
                foreign.StatusCode.ShouldBe(HttpStatusCode.Forbidden, $"{method} {url}");
                foreign.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
            }

            using HttpResponseMessage asked = await Send(http, "OPTIONS", url, "http://evil.example");
            asked.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse(url);
            asked.Headers.Contains("Access-Control-Allow-Methods").ShouldBeFalse(url);
        }

        (await http.GetStringAsync("/v1/main/rev?local", Cancellation)).ShouldBe(before);
    }

    private static HttpClient Client(ProcessCluster cluster) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(cluster.Http(0)) };

    private static async Task<HttpResponseMessage> Send(HttpClient http, string method, string url, string? origin)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return await http.SendAsync(request, Cancellation);
    }

    private static MemoryStream Compile(params string[] sources)
    {
        string platform = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        var compilation = CSharpCompilation.Create(
            "Generated",
            sources.Select(source => CSharpSyntaxTree.ParseText(source)),
            platform.Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var assembly = new MemoryStream();
        compilation.Emit(assembly).Diagnostics.Where(each => each.Severity == DiagnosticSeverity.Error).ShouldBeEmpty();
        assembly.Position = 0;
        return assembly;
    }
}

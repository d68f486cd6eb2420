using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Doozer.Tests.Samples;

/// <summary>What the guides show of C# can be compiled.</summary>
public sealed class SnippetTests
{
    // What a project for a console application has anyway, and what Orleans adds to it, which comes with the client.
    private const string ImplicitUsings = """
        global using Orleans;
        global using Orleans.Hosting;
        global using Orleans.Runtime;
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // What the text around the snippets says or takes for granted.
    private const string Context = """
        using System.Net;
        using System.Text;
        using Doozer;
        using Doozer.Client;
        using Doozer.Client.Locks;
        using Doozer.Client.Recipes;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;
        using Orleans.Configuration;
        """;

    private const string Parameters =
        "IDoozerClient store, CancellationToken stop, byte[] body, string path, long revision, string secret, " +
        "IClientBuilder client, IClientBuilder clientBuilder, ISiloBuilder siloBuilder, HostApplicationBuilder builder";

    private const string Functions = """
        static void Take(object found) { }
        static void Use(object found) { }
        static byte[] Less(byte[] body) => body;
        static byte[] More(byte[] body) => body;
        static Task WriteReportAsync(long token, CancellationToken lost) => Task.CompletedTask;
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(file => MetadataReference.CreateFromFile(file)),
    ]);

    [Fact]
    public void What_the_guides_show_can_be_compiled()
    {
        var snippets = new List<(string Where, string Code)>();
        string[] guides = ["README.md", "Client/PACKAGE.md", "docs/clients.md", "docs/clustering.md", "docs/recipes.md"];
        foreach (string guide in guides)
        {
            string[] found =
            [
                .. SampleTests.Text(guide).Split("```csharp\n").Skip(1)
                    .Select(text => text[..text.IndexOf("```", StringComparison.Ordinal)]),
            ];
            found.Length.ShouldBeGreaterThan(0, guide);
            snippets.AddRange(found.Select((code, index) => ($"{guide}, snippet {index + 1}", code)));
        }

        // The first program of the guides is one of the samples.
        string hello = SampleTests.Text("samples/Hello/Program.cs");
        snippets.RemoveAll(snippet => hello.EndsWith(snippet.Code, StringComparison.Ordinal)).ShouldBe(3);
        snippets.Add(("a wrong one", "Missing.Thing();"));
        string error = Errors(snippets).ShouldHaveSingleItem();
        error.ShouldContain("a wrong one");
        error.ShouldContain("'Missing'");
    }

    private static string[] Errors(IEnumerable<(string Where, string Code)> snippets)
    {
        SyntaxTree[] trees =
        [
            CSharpSyntaxTree.ParseText(ImplicitUsings),
            .. snippets.Select((snippet, index) => CSharpSyntaxTree.ParseText(File(index, snippet.Code), path: snippet.Where)),
        ];
        var compilation = CSharpCompilation.Create(
            "snippets",
            trees,
            References.Value,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        return
        [
            .. compilation.GetDiagnostics(TestContext.Current.CancellationToken)
                .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
                .Select(diagnostic => diagnostic.ToString()),
        ];
    }

    private static string File(int index, string code)
    {
        if (code.StartsWith("public ", StringComparison.Ordinal))
            return $"{Context}\nnamespace Snippet{index};\n{code}";
        ILookup<bool, string> parts =
            code.TrimEnd().Split('\n').ToLookup(line => line.StartsWith("using ", StringComparison.Ordinal));
        string body = string.Join('\n', parts[false]);
        string session = body.Contains("Session session", StringComparison.Ordinal) ? "" : ", Session session";
        string result = body.Contains("return ", StringComparison.Ordinal) ? "Task<long>" : "Task";
        return $$"""
            {{string.Join('\n', parts[true])}}
            {{Context}}
            static class Snippet{{index}}
            {
                static async {{result}} Show({{Parameters}}{{session}})
                {
                    await Task.Yield();
                    {{body}}{{(body.EndsWith(';') || body.EndsWith('}') ? "" : ";")}}
                }

                {{Functions}}
            }
            """;
    }
}

using BenchmarkDotNet.Attributes;
using Doozer.Tree;

namespace Doozer.Microbenchmarks;

/// <summary>Whether a change is what a watcher waits for: asked for each change and watcher.</summary>
public class GlobBenchmarks
{
    private const string File = "/services/web/eu-west/n17";

    private Glob? _glob;

    [Params(File, "/services/web/*/n17", "/services/**", "/**/n?7", "/locks/*")]
    public string Pattern { get; set; } = "";

    [GlobalSetup]
    public void SetUp() => _glob = Parse();

    [Benchmark]
    public bool Match() => _glob!.Matches(File);

    [Benchmark]
    public object Compile() => Parse();

    private Glob Parse() => Glob.TryParse(Pattern, out Glob? glob, out string? reason)
        ? glob
        : throw new InvalidOperationException(reason);
}

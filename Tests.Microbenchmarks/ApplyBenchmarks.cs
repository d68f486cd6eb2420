using BenchmarkDotNet.Attributes;
using Doozer.Tree;

namespace Doozer.Microbenchmarks;

/// <summary>
/// Chosen commands become a new tree: they replace files of 128 bytes, one batch of 64 at a time. Figures are of one command.
/// </summary>
public class ApplyBenchmarks
{
    private const int BodyBytes = 128;
    private const int CommandsInBatch = 64;
    private const int FilesInDirectory = 1000;

    private readonly Random _random = new(1);
    private readonly byte[] _body = new byte[BodyBytes];
    private VersionedTree _tree = new(new TreeOptions());
    private string[] _paths = [];
    private long _requests;

    [Params(1000, 100_000)]
    public int Files { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _tree = new VersionedTree(new TreeOptions());
        _paths = [.. Enumerable.Range(0, Files).Select(file => $"/files/d{file / FilesInDirectory:d4}/f{file:d7}")];
        foreach (string path in _paths)
            _tree.Apply(Set(path));
        _tree.Publish();
    }

    [Benchmark(OperationsPerInvoke = CommandsInBatch)]
    public long Set()
    {
        for (int i = 0; i < CommandsInBatch; i++)
            _tree.Apply(Set(_paths[_random.Next(_paths.Length)]));
        _tree.Publish();
        return _tree.Revision;
    }

    [Benchmark]
    public int Get() => _tree.Latest.Lookup(_paths[_random.Next(_paths.Length)]).Body.Length;

    /// <summary>Each with a request id of its own, as real ones have.</summary>
    private Command Set(string path)
    {
        Span<byte> id = stackalloc byte[16];
        BitConverter.TryWriteBytes(id, ++_requests);
        return Command.Set(path, _body, Command.Clobber, new Guid(id));
    }
}

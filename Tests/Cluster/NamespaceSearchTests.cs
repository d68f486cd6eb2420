using Doozer.Grains;
using Doozer.Namespaces;
using Doozer.Node;
using Doozer.Replicas;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

/// <summary>Node n1 has no replica of a namespace, and asks the others whether they have.</summary>
public sealed class NamespaceSearchTests : IAsyncDisposable
{
    private static readonly Guid Known = Guid.NewGuid();

    private readonly string _data = Directory.CreateTempSubdirectory("doozer-search-").FullName;
    private NodeStorage? _storage;

    public async ValueTask DisposeAsync()
    {
        if (_storage is not null)
            await _storage.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Theory]
    [InlineData("no silent", false)]
    [InlineData("fails no", false)]
    [InlineData("silent yes", true)]
    [InlineData("no no", false)]
    [InlineData("silent fails", null)]
    [InlineData("foreign silent", null)]
    [InlineData("foreign no", false)]
    [InlineData("foreign yes", true)]
    [InlineData("otherwise otherwise", null)]
    public async Task Nothing_has_begun_when_every_quorum_for_writes_has_a_node_without_it(string answers, bool? exists) =>
        await Found(answers, exists, static _ => { });

    [Theory]
    [InlineData("no no no silent", false)]
    [InlineData("no no silent fails", null)]
    [InlineData("no no fails yes", true)]
    public async Task Small_quorums_for_writes_take_more_answers(string answers, bool? exists) =>
        await Found(answers, exists, static options => options.WriteQuorum = 2);

    [Fact]
    public async Task A_node_alone_asks_nobody() => await Found("", false, static _ => { });

    private async Task Found(string answers, bool? expected, Action<DoozerOptions> adjust)
    {
        string[] words = answers.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var options = new DoozerOptions { Node = "n1", DataDirectory = _data };
        for (int i = 0; i <= words.Length; i++)
            options.Peers.Add($"n{i + 1}");
        adjust(options);
        if (expected is null)
            options.RequestTimeout = TimeSpan.FromMilliseconds(200);
        else
            options.RequestTimeout = TimeSpan.FromMinutes(1);
        var failure = new NodeFailure(NullLogger<NodeFailure>.Instance);
        _storage = new NodeStorage(options, failure, NullLogger<NodeStorage>.Instance);
        await _storage.Open();
        foreach (string peer in options.Peers)
            (await _storage.Meet(peer, Known)).ShouldBe(Known);
        var replicas = new ReplicaDrivers(options, _storage, failure, TimeProvider.System, NullLoggerFactory.Instance);
        var search = new NamespaceSearch(
            replicas, _storage, node => new Node(words[int.Parse(node.AsSpan(1)) - 2], _storage.QuorumsInWords), options,
            TimeProvider.System);

        (await search.Exists("new", ReadMode.Local)).ShouldBeFalse();
        if (expected is { } exists)
            (await search.Exists("new", ReadMode.Linearizable)).ShouldBe(exists);
        else
            await Should.ThrowAsync<NoQuorumException>(() => search.Exists("new", ReadMode.Linearizable).AsTask());
        replicas.All.ShouldBeEmpty();
    }

    private sealed class Node(string answer, string quorums) : INodeGrain
    {
        public Task<bool> IsDiskLow() => Task.FromResult(false);

        public Task<NamespacePresence> Find(string @namespace) => answer switch
        {
            "yes" => Task.FromResult(new NamespacePresence(true, Known, quorums)),
            "no" => Task.FromResult(new NamespacePresence(false, Known, quorums)),
            "foreign" => Task.FromResult(new NamespacePresence(false, Guid.NewGuid(), quorums)),
            "otherwise" => Task.FromResult(new NamespacePresence(false, Known, "2 of n1, n2, n9")),
            "fails" => Task.FromException<NamespacePresence>(new TimeoutException()),
            _ => new TaskCompletionSource<NamespacePresence>().Task,
        };
    }
}

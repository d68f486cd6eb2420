using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Doozer.Chaos.Network;
using Doozer.Namespaces;
using Doozer.Silo.Http;

namespace Doozer.Tests.EndToEnd;

/// <summary>Nodes as real processes on free ports of loopback.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private const int LastPort = 32000;

    private const int PortsAtLeast = 21000;

    private static readonly Lock PortsLock = new();
    private static int _nextPort = PortsAtLeast + (Environment.ProcessId % 50 * 100);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Only guards against a hang.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly NodeFolder _folder = new();
    private readonly NodeNetwork? _network;
    private readonly int[] _silos;
    private readonly int[] _gateways;
    private readonly int[] _https;
    private readonly DoozerProcess?[] _processes;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(15) };

    /// <param name="nodes">How many nodes.</param>
    /// <param name="network">Where they live, if not on loopback; they then share a secret, as they must.</param>
    public ProcessCluster(int nodes, NodeNetwork? network = null)
    {
        _network = network;
        int[] ports = FreePorts(3 * nodes);
        _silos = ports[..nodes];
        _gateways = ports[nodes..(2 * nodes)];
        _https = ports[(2 * nodes)..];
        _processes = new DoozerProcess?[nodes];
    }

    public int Count => _processes.Length;

    public string Directory => _folder.Path;

    public int SiloPort => _silos[0];

    public int GatewayPort => _gateways[0];

    public int HttpPort => _https[0];

    public string Silo(int node) => $"{Host(node)}:{_silos[node]}";

    public string Gateway(int node) => $"{Host(node)}:{_gateways[node]}";

    public string Http(int node) => $"http://{Host(node)}:{_https[node]}";

    /// <summary>All addresses, the given node's first.</summary>
    public string Addresses(int first) => string.Join(',', Enumerable.Range(0, Count).Select(i => Http((first + i) % Count)));

    public DoozerProcess Process(int node) =>
        _processes[node] ?? throw new InvalidOperationException($"n{node + 1} does not run.");

    /// <summary>What the nodes are told of each other.</summary>
    public string Peers => string.Join(',', Enumerable.Range(0, Count).Select(i => $"n{i + 1}={Host(i)}:{_https[i]}"));

    public IReadOnlyList<string> Arguments(int node, string? peers = null) =>
    [
        "serve", "--id", $"n{node + 1}", "--data", _folder.In($"n{node + 1}"), "--silo", Silo(node), "--gateway", Gateway(node),
        "--peers",
        peers ?? Peers,
        .. _network is null ? Array.Empty<string>() : ["--cluster-secret", "a secret of all the nodes"],
    ];

    public DoozerProcess Start(int node, string? peers = null) => Start(node, Arguments(node, peers), _network?.Through(node));

    public DoozerProcess Start(int node, IEnumerable<string> arguments, string? through = null) =>
        _processes[node] = DoozerProcess.Start(_folder.Path, arguments, through);

    /// <summary>Gives a node other ports, as on another machine. The other nodes keep the peers they were started with.</summary>
    public void Move(int node)
    {
        int[] ports = FreePorts(3);
        (_silos[node], _gateways[node], _https[node]) = (ports[0], ports[1], ports[2]);
    }

    /// <summary>Starts the nodes that do not run and waits until each is ready.</summary>
    public async Task StartAll()
    {
        for (int node = 0; node < Count; node++)
        {
            if (_processes[node] is null or { HasExited: true })
                Start(node);
        }

        for (int node = 0; node < Count; node++)
            await WaitUntilReady(node);
    }

    public Task WaitUntilReady(int node) => Until(
        node,
        async cancellation =>
        {
            using HttpResponseMessage response = await _http.GetAsync($"{Http(node)}/readyz", cancellation);
            return response.StatusCode == HttpStatusCode.OK ? null : await response.Content.ReadAsStringAsync(cancellation);
        });

    /// <summary>Waits until a node has printed a text.</summary>
    public Task WaitUntilSaid(int node, string text) => Until(
        node,
        _ => Task.FromResult(Process(node).Output.Contains(text, StringComparison.Ordinal) ? null : $"it did not say '{text}'"));

    /// <summary>The cluster's members as a node reads them.</summary>
    public Task<MemberStatus[]> Members(int askedNode) => ReadMembers(askedNode, TestContext.Current.CancellationToken);

    /// <summary>Waits until so many members are active, in the eyes of one node.</summary>
    public Task WaitForMembers(int askedNode, int active) =>
        WaitForMembers(askedNode, members => members.Count(member => member.Status == "Active") == active);

    /// <summary>Waits until the member list is as wanted, in the eyes of one node.</summary>
    public Task WaitForMembers(int askedNode, Func<MemberStatus[], bool> wanted) => Until(
        askedNode,
        async cancellation =>
        {
            MemberStatus[] members = await ReadMembers(askedNode, cancellation);
            return wanted(members) ? null : $"the members are {string.Join(", ", members.AsEnumerable())}";
        });

    /// <summary>Asks a node for any of its pages, as soon as it listens.</summary>
    public async Task<HttpResponseMessage> Ask(int node, string path, long? lastEventId = null)
    {
        HttpResponseMessage? response = null;
        await Until(
            node,
            async cancellation =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, Http(node) + path);
                if (lastEventId is { } id)
                    request.Headers.Add("Last-Event-ID", $"{id}");
                response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
                return null;
            });
        return response!;
    }

    public async Task Stop(int node)
    {
        (await Process(node).Terminate()).ShouldBe(0, Process(node).Output + Process(node).Error);
        await Process(node).DisposeAsync();
        _processes[node] = null;
    }

    public async Task Kill(int node)
    {
        await Process(node).Kill();
        await Process(node).DisposeAsync();
        _processes[node] = null;
    }

    /// <summary>The index of the leader's node, as the given one sees it.</summary>
    public async Task<int> Leader(int askedNode)
    {
        string leader = "";
        await Until(
            askedNode,
            async cancellation =>
            {
                NamespaceStatus? status = await _http.GetFromJsonAsync(
                    $"{Http(askedNode)}/v1/main/status", DoozerJson.Default.NamespaceStatus, cancellation);
                leader = status!.Leading?.Node ?? "";
                return leader.Length > 0 ? null : "no leader is known";
            });
        return int.Parse(leader.AsSpan(1)) - 1;
    }

    public Task<CommandResult> Command(int node, string input, params IEnumerable<string> arguments) =>
        CommandLine.Run(input, [.. arguments, "-a", Addresses(node)]);

    /// <summary>Writes a file to one node, without trying another.</summary>
    public Task<HttpResponseMessage> Put(int node, string path, string body, long revision, CancellationToken cancellation) =>
        Put(node, "main", path, body, revision, cancellation);

    public Task<HttpResponseMessage> Put(
        int node, string @namespace, string path, string body, long revision, CancellationToken cancellation) =>
        _http.PutAsync($"{Http(node)}/v1/{@namespace}/tree{path}?rev={revision}", new StringContent(body), cancellation);

    /// <summary>Reads a file at a revision; null when it is not there.</summary>
    public async Task<string?> Get(int node, string path, long revision = Revisions.Latest)
    {
        using HttpResponseMessage response = await _http.GetAsync(
            $"{Http(node)}/v1/main/tree{path}?rev={revision}", TestContext.Current.CancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (DoozerProcess? process in _processes)
        {
            if (process is not null)
                await process.DisposeAsync();
        }

        _http.Dispose();
        _folder.Dispose();
    }

    /// <summary>
    /// Looks again and again until there is nothing to complain of. What other processes do cannot be waited on, and one that
    /// does not answer yet may do so soon.
    /// </summary>
    private async Task Until(int node, Func<CancellationToken, Task<string?>> complaint)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        for (bool isOver = false; ;)
        {
            string? last;
            try
            {
                last = await complaint(patience.Token);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                last = exception.Message;
            }

            if (last is null)
                return;
            if (isOver)
                Assert.Fail($"n{node + 1}: {last}. It said:\n{Process(node).Output}{Process(node).Error}");
            isOver = patience.IsCancellationRequested || Process(node).HasExited;
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task<MemberStatus[]> ReadMembers(int askedNode, CancellationToken cancellation)
    {
        using var status = JsonDocument.Parse(
            await _http.GetStringAsync($"{Http(askedNode)}/v1/clustering/status", cancellation));
        return [.. status.RootElement.GetProperty("members").EnumerateArray().Select(member => new MemberStatus(
            member.GetProperty("name").GetString()!,
            member.GetProperty("address").GetString()!,
            member.GetProperty("status").GetString()!))];
    }

    private string Host(int node) => _network?.Host(node) ?? "127.0.0.1";

    /// <summary>
    /// Consecutive ports that are free now, below the range the system gives to outgoing connections. Nobody else in this process
    /// gets them: a node that is to be restarted there leaves them free for a while.
    /// </summary>
    private static int[] FreePorts(int count)
    {
        lock (PortsLock)
        {
            for (int attempt = 0; attempt < LastPort - PortsAtLeast; attempt++)
            {
                int first = _nextPort;
                _nextPort = first + (2 * count) < LastPort ? first + count : PortsAtLeast;
                if (Enumerable.Range(first, count).All(IsFree))
                    return [.. Enumerable.Range(first, count)];
            }
        }

        throw new InvalidOperationException("No free ports are left.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>A row of the membership table.</summary>
internal sealed record MemberStatus(string Name, string Address, string Status);

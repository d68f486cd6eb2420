using System.Security.Cryptography;
using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Doozer.Clustering;

/// <summary>
/// This node among its peers: opens its data and its port before any hosted service starts, the silo among them, and closes them
/// after all have stopped, so that the silo can still say that it leaves.
/// </summary>
internal sealed partial class ClusteringNode : IHostedLifecycleService, IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GreetPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(5);

    private readonly QuorumClusteringOptions _options;
    private readonly NodeFailure _failure;
    private readonly TimeProvider _time;
    private readonly RepeatedLines _lines;
    private readonly ILogger _logger;
    private readonly IPeerTransport _transport;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenRegistration _onHostStopping;
    private readonly CancellationTokenSource _waiting = new();
    private readonly CancellationTokenSource _givenUp = new();
    private readonly Lock _opening = new();
    private readonly NodeListClient _others;
    private DataDirectory? _directory;
    private LocalAcceptor? _acceptor;
    private QuorumRegister? _register;
    private ClusteringListener? _listener;

    public ClusteringNode(
        IOptions<QuorumClusteringOptions> options,
        IOptions<ClusterOptions> cluster,
        NodeFailure failure,
        TimeProvider time,
        ILogger<ClusteringNode> logger,
        IHostApplicationLifetime? lifetime = null,
        IPeerTransport? transport = null)
    {
        _options = options.Value;
        _failure = failure;
        _time = time;
        _lines = new RepeatedLines(time);
        _logger = logger;
        _transport = transport ?? new HttpPeerTransport(_options.PeerTimeout);
        Cluster = cluster.Value.ClusterId;
        Quorums = new QuorumSystem(_options.Peers.Keys);
        Nodes = new KnownNodes(Node, _options.Addresses, NodeList.Founding(_options.Peers, _options.Voters));
        Nodes.Changed += OnNodesChanged;
        Seal = new MessageSeal(_options.Secret);
        _others = new NodeListClient(_options.Secret);
        Gateways = new GatewayListing(this, time);
        Changes = new NodeChanges(this, new QuorumMembershipTable(this, time));
        Liveness = new PeerLiveness(Nodes, _transport, time, _waiting.Token);
        _onHostStopping = lifetime?.ApplicationStopping.Register(HurryUp) ?? default;
    }

    public string Cluster { get; }

    public string Node => _options.Node;

    /// <summary>The acceptors that the cluster began with. Those of now: <see cref="QuorumRegister.Members"/>.</summary>
    public QuorumSystem Quorums { get; }

    public QuorumClusteringOptions Options => _options;

    public GatewayListing Gateways { get; }

    public PeerLiveness Liveness { get; }

    /// <summary>Whether the host stops, or the node has.</summary>
    public bool IsStopping => _waiting.IsCancellationRequested;

    /// <summary>Is cancelled when the node has stopped.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Is cancelled when the host stops and no quorum hears it, or when the node has stopped.</summary>
    public CancellationToken GivenUp => _givenUp.Token;

    public QuorumRegister Register => Opened(_register);

    /// <summary>
    /// A number that is higher in each later start with this data. The silo asks for it before any hosted service starts, which
    /// opens the data.
    /// </summary>
    public long StartNumber
    {
        get
        {
            Open();
            return _acceptor!.Start;
        }
    }

    public PeerCaller Peers { get => Opened(field); private set; }

    /// <summary>Null until the data is open.</summary>
    public PeerGate? Gate { get; private set; }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            Open();
            await RequireOwnId();
            if (_options.Listen)
            {
                Uri address = _options.Addresses[Node];
                _listener = await ClusteringListener.Start(
                    address, endpoints => QuorumClusteringEndpoints.Map(endpoints, this), cancellationToken);
                LogListens(Node, address);
            }
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _ = WatchPeers();
        Liveness.Start();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <summary>The membership table, when a quorum answers. Says in the log for whom it waits.</summary>
    /// <exception cref="ClusteringException">The host stops, or this node must not go on: it cannot read the table, for
    /// example.</exception>
    public async Task<MembershipImage> WaitForQuorum(CancellationToken cancellation)
    {
        TimeSpan patience = _options.PeerTimeout * 2;
        while (true)
        {
            using var limit = new CancellationTokenSource(patience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _waiting.Token, cancellation);
            try
            {
                return RequireListed(await ReadWithPeers(either.Token));
            }
            catch (InvalidDataException exception)
            {
                // Orleans would try again for minutes, and nothing would change.
                string reason =
                    $"{Node} cannot join: {exception.Message}; or stop all peers, delete the clustering folder of each and " +
                    "start them again.";
                _failure.Stop(reason);
                throw new ClusteringException(reason, exception);
            }
            catch (Exception exception)
                when (exception is OperationCanceledException or ClusteringException && !cancellation.IsCancellationRequested)
            {
                ClusteringException.ThrowIfStopped(_failure);
                string missing = Register.DescribeQuorum();
                if (_waiting.IsCancellationRequested)
                {
                    throw new ClusteringException(
                        $"The host was stopped while {Node} waited for a quorum: {missing}.", exception);
                }

                if (_lines.IsDue("waits", ""))
                    LogWaits(Node, missing);
                await AskForNodes();
            }
        }
    }

    /// <summary>The host stops, and there is no quorum to tell it to: nothing that is asked from now on waits for one.</summary>
    public void GiveUp() => _givenUp.Cancel();

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _waiting.CancelAsync();
        await _givenUp.CancelAsync();
        await _stopping.CancelAsync();
        await _onHostStopping.DisposeAsync();
        if (_listener is { } listener)
            await listener.DisposeAsync();
        Gate = null;
        _acceptor?.Dispose();
        _directory?.Dispose();
        (_transport as IDisposable)?.Dispose();
        _others.Dispose();
    }

    // The settings are compared before this node promises anything: a promise binds its data to them.
    private async Task<MembershipImage> ReadWithPeers(CancellationToken cancellation)
    {
        while (!await Register.IsGreeted(cancellation))
            await Task.Delay(GreetPeriod, _time, cancellation);
        return MembershipImage.Decode(await Register.Read(cancellation));
    }

    // When all peers stop at once, the last ones have no quorum to tell that they leave, and must not wait for one.
    private void HurryUp()
    {
        if (_register is { } register)
        {
            if (register.TimeLimit > StopTimeout)
                register.TimeLimit = StopTimeout;
            _ = GiveUpAlone(register);
        }

        _waiting.Cancel();
    }

    /// <summary>One wait for all that a silo asks while it stops, also for what it had asked before.</summary>
    private async Task GiveUpAlone(QuorumRegister register)
    {
        using var limit = new CancellationTokenSource(StopTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        try
        {
            await register.Read(either.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ClusteringException)
        {
            GiveUp();
        }
    }

    // Orleans asks for the table every half minute or so; whoever reads the log wants to know sooner who is there.
    private async Task WatchPeers()
    {
        try
        {
            while (true)
            {
                await Task.Delay(WatchPeriod, _time, _stopping.Token);
                await Peers.GreetSilent(WatchPeriod);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Open()
    {
        lock (_opening)
        {
            if (_register is null)
                OpenData();
        }
    }

    private void OpenData()
    {
        _directory = DataDirectory.Open(_options.DataDirectory, Cluster, Node, AcceptorFile.Name);
        Nodes.Open(_directory.Path);
        _acceptor = LocalAcceptor.Open(
            FileDevice.Instance, _directory.Path, Quorums, _directory.LogStarted, _options.PeerTimeout, _failure.Stop,
            Nodes.FirstStart);
        _directory.MarkLogStarted();
        if (_acceptor.WasRepaired)
            LogRepaired(Node);
        var self = new PeerIdentity(
            Cluster, Node, _directory.Incarnation, PeerInstances.New(_acceptor.Start), [.. Quorums.Acceptors])
        {
            Settings = _options.Settings,
        };
        Peers = new PeerCaller(
            self, Nodes.AddressesWith([]), _acceptor, Seal, _transport, _options.PeerTimeout, _failure, _lines, _time,
            _logger);
        _register = new QuorumRegister(
            Node, Quorums, _acceptor, Peers, _failure, _options, _time, new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        FindNodes();
        Gate = new PeerGate(
            self, _acceptor, Seal, Nodes, peer => Peers.Ask(peer, RegisterRequest.Hello), () => Gateways.Read(_stopping.Token),
            _failure, _lines, _logger);
        LogOpened(Node, Cluster, _register.Members.ToString());
    }

    private static T Opened<T>(T? part)
        where T : class
        => part
            ?? throw new ClusteringException("Quorum clustering is not open: its hosted service has not started, or has failed " +
                "to.");
}

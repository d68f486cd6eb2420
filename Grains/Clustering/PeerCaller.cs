using System.Text.Json;
using Doozer.Grains;
using Microsoft.Extensions.Logging;

namespace Doozer.Clustering;

/// <summary>Asks the other peers, each request with a bound of its own, and remembers how each of them answers.</summary>
internal sealed partial class PeerCaller(
    PeerIdentity self,
    IReadOnlyDictionary<string, Uri> addresses,
    LocalAcceptor acceptor,
    MessageSeal seal,
    IPeerTransport transport,
    TimeSpan timeout,
    NodeFailure failure,
    RepeatedLines lines,
    TimeProvider time,
    ILogger logger)
{
    private const int Ok = 200;
    private const string NoAddress = "no address is known here";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PeerContact> _states = addresses.ToDictionary(
        peer => peer.Key, peer => Unmet(self.Node, peer.Key, peer.Value), StringComparer.Ordinal);

    private readonly Dictionary<string, long> _askedAt = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, Uri> _addresses = addresses;
    private long _sent;

    /// <summary>Requests sent since the start.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>All peers, as they answered last.</summary>
    public IReadOnlyList<PeerContact> Peers
    {
        get
        {
            lock (_gate)
                return [.. _states.Values];
        }
    }

    /// <summary>The nodes whose addresses are known.</summary>
    public IEnumerable<string> Addressed
    {
        get
        {
            lock (_gate)
                return _addresses.Keys;
        }
    }

    /// <summary>Where the nodes are found from now on. One that is left out cannot be asked any more.</summary>
    public void SetAddresses(IReadOnlyDictionary<string, Uri> addresses)
    {
        lock (_gate)
        {
            _addresses = addresses;
            foreach (string gone in _states.Keys.Where(peer => !addresses.ContainsKey(peer)).ToArray())
                _states.Remove(gone);
            foreach ((string peer, Uri address) in addresses)
            {
                if (!_states.TryGetValue(peer, out PeerContact? last) || last.Address != address.ToString())
                    _states[peer] = Unmet(self.Node, peer, address);
            }
        }
    }

    /// <summary>Those of the nodes that are not this one, first the ones that answered last time.</summary>
    public IReadOnlyList<string> InOrder(IEnumerable<string> nodes)
    {
        lock (_gate)
        {
            return [.. nodes.Where(node => node != self.Node).OrderBy(node => StateOf(node) switch
            {
                { State: "reachable" } => 0,
                { State: "unknown" } => 1,
                _ => 2,
            })];
        }
    }

    /// <summary>Those of the nodes that do not take part, each with the reason.</summary>
    public string Missing(IEnumerable<string> nodes)
    {
        lock (_gate)
        {
            return string.Join("; ", nodes
                .Where(node => node != self.Node)
                .Select(StateOf)
                .Where(peer => peer.State != "reachable")
                .Select(peer => peer switch
                {
                    { State: "refused" } => $"{peer.Node} at {peer.Address} refuses: {peer.Error?.TrimEnd('.')}",
                    { Address: "" } => $"{peer.Node} cannot be asked: {peer.Error}",
                    { Error: null } => $"{peer.Node} at {peer.Address} does not answer",
                    _ => $"{peer.Node} at {peer.Address} does not answer ({peer.Error.TrimEnd('.')})",
                }));
        }
    }

    /// <summary>Asks the peers that nothing was asked of for a while whether they are there.</summary>
    public Task GreetSilent(TimeSpan @while)
    {
        string[] silent;
        lock (_gate)
        {
            silent = [.. _addresses.Keys.Where(peer => peer != self.Node
                && (!_askedAt.TryGetValue(peer, out long at) || time.GetElapsedTime(at) >= @while))];
        }

        return Task.WhenAll(silent.Select(peer => Ask(peer, RegisterRequest.Hello)));
    }

    /// <summary>Asks one peer. Null when it gave no usable answer; why is in <see cref="Peers"/>.</summary>
    public async Task<RegisterAnswer?> Ask(string peer, RegisterRequest request)
    {
        if (AddressOf(peer) is not { } address)
            return null;
        var message = new PeerRequest(self, peer, acceptor.KnownIncarnation(peer) ?? Guid.Empty, Guid.NewGuid(), request);
        byte[] body = message.Encode();
        Interlocked.Increment(ref _sent);
        PeerReply reply;
        try
        {
            using var limit = new CancellationTokenSource(timeout, time);
            reply = await transport.Post(address, body, seal.SignRequest(body), limit.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or HttpRequestException or IOException or ObjectDisposedException)
        {
            string reason = exception is OperationCanceledException
                ? $"no answer within {timeout.TotalMilliseconds:0} ms"
                : exception.Message;
            return Unreachable(peer, address, reason);
        }

        return Open(message, address, reply);
    }

    private RegisterAnswer? Unreachable(string peer, Uri address, string reason)
    {
        if (Became(peer, "unreachable", reason))
            lines.Forget($"unreachable {peer}");

        // Nobody at this node's own address is as it should be: it is only asked whether another process runs there.
        if (peer != self.Node && lines.IsDue($"unreachable {peer}", ""))
            LogUnreachable(self.Node, peer, address, reason);
        return null;
    }

    private RegisterAnswer? Open(PeerRequest message, Uri address, PeerReply reply)
    {
        bool authentic = seal.VerifyAnswer(message.Nonce, reply.Status, reply.Body, reply.Signature);
        if (reply.Status != Ok)
            return Refused(message.To, address, RefusalIn(reply), authentic);
        if (!authentic)
        {
            return Refused(
                message.To,
                address,
                $"The answer of {message.To} is not signed with this cluster's secret; give all peers the same secret.");
        }

        try
        {
            var answer = PeerAnswer.Decode(reply.Body);
            if (message.To != self.Node && acceptor.Remember(message.To, answer.Incarnation) != answer.Incarnation)
            {
                return Refused(
                    message.To,
                    address,
                    $"{self.Node} has met {message.To} with other data than it has now: either that was lost, or two nodes " +
                    "have this id.");
            }

            if (Became(message.To, "reachable", null))
                LogReached(self.Node, message.To, address);
            return answer.Answer;
        }
        catch (Exception exception) when (exception is InvalidDataException or ClusteringException or TimeoutException)
        {
            return Refused(message.To, address, exception.Message);
        }
    }

    private RegisterAnswer? Refused(string peer, Uri address, PeerRefusal? refusal, bool authentic)
    {
        if (refusal is null)
            return Refused(peer, address, "What answers there is not a clustering peer.");

        if (refusal.Code == PeerRefusal.NotReady)
            return Unreachable(peer, address, refusal.Detail);

        // Only who has the secret may tell this node to stop.
        if (authentic && refusal.IsFinal)
            failure.Stop($"{peer} refuses this node: {refusal.Detail}");
        return Refused(peer, address, refusal.Detail);
    }

    private RegisterAnswer? Refused(string peer, Uri address, string reason)
    {
        Became(peer, "refused", reason);
        if (lines.IsDue($"refused by {peer}", reason))
            LogRefusedBy(self.Node, peer, address, reason);
        return null;
    }

    private static PeerRefusal? RefusalIn(PeerReply reply)
    {
        try
        {
            PeerRefusal? refusal = JsonSerializer.Deserialize(reply.Body, ClusteringJson.Default.PeerRefusal);
            return refusal is { Code: not null, Detail: not null } ? refusal : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static PeerContact Unmet(string self, string peer, Uri address) =>
        new(peer, address.ToString(), peer == self ? "self" : "unknown", null);

    private PeerContact StateOf(string node) =>
        _states.GetValueOrDefault(node) ?? new PeerContact(node, string.Empty, "unreachable", NoAddress);

    private Uri? AddressOf(string peer)
    {
        lock (_gate)
            return _addresses.GetValueOrDefault(peer);
    }

    private bool Became(string peer, string state, string? error)
    {
        lock (_gate)
        {
            PeerContact last = StateOf(peer);
            _askedAt[peer] = time.GetTimestamp();
            if (peer != self.Node && _states.ContainsKey(peer))
                _states[peer] = last with { State = state, Error = error };
            return last.State != state;
        }
    }

    [LoggerMessage(206, LogLevel.Error, "{Node} was refused by {Peer} at {Address}: {Reason}")]
    private partial void LogRefusedBy(string node, string peer, Uri address, string reason);

    [LoggerMessage(207, LogLevel.Warning, "{Node} cannot reach {Peer} at {Address}: {Reason}")]
    private partial void LogUnreachable(string node, string peer, Uri address, string reason);

    [LoggerMessage(208, LogLevel.Information, "{Node} reaches {Peer} at {Address}")]
    private partial void LogReached(string node, string peer, Uri address);
}

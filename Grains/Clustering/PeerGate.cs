using System.Net;
using System.Text.Json;
using Doozer.Grains;
using Microsoft.Extensions.Logging;

namespace Doozer.Clustering;

/// <summary>An HTTP answer to a peer: the acceptor's, or a problem document.</summary>
internal readonly record struct PeerReply(int Status, byte[] Body, string? Signature);

/// <summary>
/// Where peers' requests come in: only those get to the acceptor that come from this cluster's peers with the data this node has
/// met under their id. An acceptor that has forgotten its promises, or answers in the name of another, would break every quorum.
/// </summary>
/// <remarks>
/// A request may be old, and sent again by somebody who has recorded it: its signature is still good. So nothing that cannot be
/// undone follows from one. Whose data it is under a peer's id is learned from that peer's answer to a question of this process,
/// and whether this node has lost its own from the answers to its own questions.
/// </remarks>
internal sealed partial class PeerGate(
    PeerIdentity self,
    LocalAcceptor acceptor,
    MessageSeal seal,
    KnownNodes nodes,
    Func<string, Task> greet,
    Func<Task> refresh,
    NodeFailure failure,
    RepeatedLines lines,
    ILogger logger)
{
    private const int Ok = 200;
    private const int BadRequest = 400;

    private readonly PeerInstances _instances = new();

    /// <param name="body">The request's body.</param>
    /// <param name="signature">The request's signature, if it has one.</param>
    /// <param name="address">The caller's network address, if it is known.</param>
    public async Task<PeerReply> Handle(ReadOnlyMemory<byte> body, string? signature, IPAddress? address)
    {
        string caller = InWords(address);
        if (FaultInSender(seal.VerifyRequest(body.Span, signature), signature, address) is { } stranger)
            return Refuse(null, caller, stranger);

        PeerRequest request;
        try
        {
            request = PeerRequest.Decode(body);
        }
        catch (InvalidDataException exception)
        {
            string fault = $"{exception.Message}.";
            return Refuse(null, caller, new PeerRefusal("Bad Request", BadRequest, fault, PeerRefusal.Malformed));
        }

        try
        {
            return await FaultIn(request) is { } refusal
                ? Refuse(request, caller, refusal)
                : Sign(request.Nonce, Ok, new PeerAnswer(self.Incarnation, acceptor.Handle(request.Request)).Encode());
        }
        catch (Exception exception) when (exception is ClusteringException or TimeoutException)
        {
            return Sign(request.Nonce, PeerRefusal.UnavailableStatus, Render(PeerRefusal.Unavailable(exception.Message)));
        }
    }

    /// <summary>Why a request must not be looked at; null when it may.</summary>
    /// <param name="isVerified">Whether its signature is right.</param>
    /// <param name="signature">The signature, if it has one.</param>
    /// <param name="address">Where it comes from, if that is known.</param>
    public PeerRefusal? FaultInSender(bool isVerified, string? signature, IPAddress? address)
    {
        string caller = InWords(address);
        if (!seal.HasSecret && (address is null || !IPAddress.IsLoopback(address)))
        {
            return PeerRefusal.Forbidden(
                PeerRefusal.NotLoopback,
                $"{self.Node} has no cluster secret and therefore serves only peers on its own machine, not {caller}; " +
                "give all peers the same secret.");
        }

        if (isVerified)
            return null;
        string fault = (seal.HasSecret, signature) switch
        {
            (true, null) => $"is not signed, but {self.Node} has a cluster secret",
            (true, _) => $"is not signed with the cluster secret of {self.Node}",
            _ => $"is signed, but {self.Node} has no cluster secret",
        };
        return PeerRefusal.Forbidden(
            PeerRefusal.WrongSecret, $"The request from {caller} {fault}; give all peers the same secret.");
    }

    private async Task<PeerRefusal?> FaultIn(PeerRequest request)
    {
        PeerIdentity from = request.From;
        ClusteringException.ThrowIfStopped(failure);
        if (from.Cluster != self.Cluster)
        {
            return PeerRefusal.Forbidden(
                PeerRefusal.WrongCluster,
                $"{self.Node} belongs to cluster '{self.Cluster}', not '{from.Cluster}'; correct the cluster's name or the " +
                "peers' addresses.");
        }

        if (request.To != self.Node)
        {
            return PeerRefusal.Forbidden(
                PeerRefusal.WrongNode, $"At this address is {self.Node}, not {request.To}; correct the peers' addresses.");
        }

        if (DifferenceIn(from) is { } difference)
            return difference;
        if (from.Node == self.Node)
        {
            return from.Instance == self.Instance ? null : PeerRefusal.Forbidden(
                PeerRefusal.SameId,
                $"Another process runs as {self.Node} already; give every node an id of its own.");
        }

        if (!nodes.Knows(from.Node))
            await refresh();
        if (!nodes.Knows(from.Node))
        {
            return PeerRefusal.Forbidden(
                PeerRefusal.UnknownNode,
                $"{from.Node} is not in the list of nodes that {self.Node} has; have it join with --join.");
        }

        // Says only who answers, and changes nothing: so two that have not met can find out about each other.
        return request.Request.Kind == RegisterRequestKind.Hello ? null : await FaultInData(request);
    }

    private PeerRefusal? DifferenceIn(PeerIdentity from)
    {
        if (!from.Peers.AsSpan().SequenceEqual(self.Peers))
        {
            return PeerRefusal.Forbidden(
                PeerRefusal.DifferentPeers,
                $"{from.Node} counts the peers {string.Join(", ", from.Peers)}, but {self.Node} counts " +
                $"{string.Join(", ", self.Peers)}; give all nodes the same peers.");
        }

        if (from.Settings != self.Settings)
        {
            return PeerRefusal.Forbidden(
                PeerRefusal.DifferentSettings,
                $"{from.Node} was given {InWords(from.Settings)}, but {self.Node} {InWords(self.Settings)}; give all nodes the " +
                "same.");
        }

        return null;
    }

    private static string InWords(IPAddress? address) => address?.ToString() ?? "an unknown address";

    private static string InWords(string settings) => settings.Length == 0 ? "the defaults" : settings;

    private async Task<PeerRefusal?> FaultInData(PeerRequest request)
    {
        PeerIdentity from = request.From;
        if (request.Expected != Guid.Empty && request.Expected != self.Incarnation)
        {
            return PeerRefusal.Forbidden(
                PeerRefusal.OwnDataChanged, $"{self.Node} does not have the data that {from.Node} has met under that id.");
        }

        if (acceptor.KnownIncarnation(from.Node) is null)
            await greet(from.Node);
        if (acceptor.KnownIncarnation(from.Node) is not { } known)
        {
            throw new ClusteringException(
                $"{self.Node} has not met {from.Node} yet and gets no answer from it at the address in its own list of peers.");
        }

        if (known != from.Incarnation)
        {
            return PeerRefusal.Forbidden(
                PeerRefusal.ChangedData,
                $"{self.Node} has met {from.Node} with other data than it has now: either that was lost, or two nodes have " +
                "this id. A peer must not forget what it promised; see docs/clustering.md on replacing one.");
        }

        return _instances.IsCurrent(from.Node, from.Instance) ? null : PeerRefusal.Forbidden(
            PeerRefusal.SameId,
            $"A process that started later runs as {from.Node}, with a copy of its data; run every node once, each with its " +
            "own data directory.");
    }

    private PeerReply Refuse(PeerRequest? request, string address, PeerRefusal refusal)
    {
        // Strangers call themselves what they like, and say something new each time.
        string who = request is not null && nodes.Knows(request.From.Node) ? request.From.Node : address;
        if (lines.IsDue($"refused {who}: {refusal.Code}", ""))
            LogRefused(self.Node, request is null ? address : $"{request.From.Node} at {address}", refusal.Detail);

        // Signed only for those who have the secret: a signed answer to anybody's nonce would be a signing service.
        return request is null
            ? new PeerReply(refusal.Status, Render(refusal), null)
            : Sign(request.Nonce, refusal.Status, Render(refusal));
    }

    private PeerReply Sign(Guid nonce, int status, byte[] body) => new(status, body, seal.SignAnswer(nonce, status, body));

    private static byte[] Render(PeerRefusal refusal) =>
        JsonSerializer.SerializeToUtf8Bytes(refusal, ClusteringJson.Default.PeerRefusal);

    [LoggerMessage(205, LogLevel.Error, "{Node} refused {Caller}: {Reason}")]
    private partial void LogRefused(string node, string caller, string reason);
}

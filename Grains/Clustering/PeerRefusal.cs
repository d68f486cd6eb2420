using System.Text.Json.Serialization;

namespace Doozer.Clustering;

/// <summary>Why a request was refused, as a problem document (RFC 9457).</summary>
internal sealed record PeerRefusal(string Title, int Status, string Detail, string Code)
{
    /// <summary>The request is not signed with this cluster's secret.</summary>
    public const string WrongSecret = "wrong-secret";

    /// <summary>There is no secret, and the caller is not on the loopback interface.</summary>
    public const string NotLoopback = "not-loopback";

    public const string WrongCluster = "wrong-cluster";

    /// <summary>Another node answers at this address.</summary>
    public const string WrongNode = "wrong-node";

    public const string DifferentPeers = "different-peers";

    /// <summary>What all peers must be given alike differs.</summary>
    public const string DifferentSettings = "different-settings";

    /// <summary>The caller has lost its data, or took another's id: it must stop.</summary>
    public const string ChangedData = "changed-data";

    /// <summary>The one asked has other data than the caller has met. It finds out by itself whether it has lost any.</summary>
    public const string OwnDataChanged = "own-data-changed";

    /// <summary>Another process runs under the caller's id: the caller must stop.</summary>
    public const string SameId = "same-id";

    /// <summary>The caller is not in the list of nodes.</summary>
    public const string UnknownNode = "unknown-node";

    /// <summary>The list of nodes must not be changed in that way, or not now.</summary>
    public const string ChangeRefused = "node-change-refused";

    /// <summary>The list of nodes is not the one that was to be changed.</summary>
    public const string ListChanged = "node-list-changed";

    /// <summary>A page in a browser asks.</summary>
    public const string ForeignOrigin = "foreign-origin";

    public const string Malformed = "malformed";

    public const string NotReady = "not-ready";

    /// <summary>The status of what may be possible later.</summary>
    public const int UnavailableStatus = 503;

    /// <summary>Whether the one refused can never become acceptable again and must stop.</summary>
    [JsonIgnore]
    public bool IsFinal => Code is ChangedData or SameId;

    /// <summary>What may be possible later.</summary>
    public static PeerRefusal Unavailable(string detail) => new("Service Unavailable", UnavailableStatus, detail, NotReady);

    public static PeerRefusal Forbidden(string code, string detail) => new("Forbidden", 403, detail, code);
}

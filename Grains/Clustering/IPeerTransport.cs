namespace Doozer.Clustering;

/// <summary>Carries a request to a peer and its answer back.</summary>
internal interface IPeerTransport
{
    /// <exception cref="HttpRequestException">The peer cannot be reached, or its answer is too large.</exception>
    Task<PeerReply> Post(Uri address, byte[] body, string? signature, CancellationToken cancellation);

    /// <summary>
    /// Opens a connection that carries signs of life only, and completes when it ends, or when there is none.
    /// </summary>
    /// <param name="address">The peer's.</param>
    /// <param name="heard">Is called for each sign of life.</param>
    /// <param name="cancellation">Ends the connection.</param>
    /// <returns>Whether it broke, as it does when the peer's process dies.</returns>
    Task<bool> BreaksConnection(Uri address, Action heard, CancellationToken cancellation);
}

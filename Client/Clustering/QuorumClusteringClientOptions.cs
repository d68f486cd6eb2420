namespace Doozer.Client.Clustering;

/// <summary>Where an Orleans client finds a cluster that uses quorum clustering.</summary>
public sealed class QuorumClusteringClientOptions
{
    /// <summary>
    /// HTTP base addresses of some of the peers. One is enough: it tells the others. More help while that one is down at the
    /// client's start.
    /// </summary>
    public IList<Uri> Addresses { get; } = [];

    /// <summary>How often the list of gateways is read again. Default 10 s.</summary>
    public TimeSpan RefreshPeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one address may take to answer before the next is asked. Default 2 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(2);
}

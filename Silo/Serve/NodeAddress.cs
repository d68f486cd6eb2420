namespace Doozer.Silo.Serve;

/// <summary>A node of the cluster and where it serves HTTP. Where its silo listens the nodes tell each other.</summary>
internal sealed record NodeAddress(string Id, Uri Address)
{
    /// <summary>The address as others are told it, to put a path behind.</summary>
    public string Url => Address.ToString().TrimEnd('/');
}

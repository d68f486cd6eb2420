using Doozer.Grains;

namespace Doozer.Clustering;

/// <summary>
/// The membership table could not be read or changed. The message says why, and names the peers that are missing.
/// </summary>
[GenerateSerializer, Alias("Doozer.Clustering.ClusteringException")]
public sealed class ClusteringException : Exception, IOperatorError
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What was tried, what is wrong and with which peer.</param>
    /// <param name="inner">What caused it, if that was an exception.</param>
    public ClusteringException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <exception cref="ClusteringException">This node must not go on.</exception>
    internal static void ThrowIfStopped(NodeFailure failure)
    {
        if (failure.Reason is { } reason)
            throw new ClusteringException(reason);
    }
}

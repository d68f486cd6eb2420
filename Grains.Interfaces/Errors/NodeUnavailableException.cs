namespace Doozer;

/// <summary>The node cannot serve now: it is starting, stopping, or its silo is down.</summary>
[GenerateSerializer, Alias("Doozer.NodeUnavailableException")]
public sealed class NodeUnavailableException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="node">Its id.</param>
    /// <param name="reason">Why.</param>
    public NodeUnavailableException(string node, string reason)
        : base("node-unavailable", $"The node '{node}' is not available: {reason}.")
    {
        Node = node;
        Reason = reason;
    }

    /// <summary>Its id.</summary>
    [Id(0)]
    public string Node { get; }

    /// <summary>Why.</summary>
    [Id(1)]
    public string Reason { get; }
}

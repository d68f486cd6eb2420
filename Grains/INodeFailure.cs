namespace Doozer.Grains;

/// <summary>For hosts of a silo with replicas: tells why the node stops by itself, as when its disk fails.</summary>
public interface INodeFailure
{
    /// <summary>The reason, a sentence for operators; null while the node may go on.</summary>
    string? Reason { get; }
}

namespace Doozer;

/// <summary>A namespace's name is not valid, or there would be too many namespaces.</summary>
[GenerateSerializer, Alias("Doozer.InvalidNamespaceException")]
public sealed class InvalidNamespaceException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="namespace">The name as given.</param>
    /// <param name="reason">What is wrong with it.</param>
    public InvalidNamespaceException(string @namespace, string reason)
        : base("invalid-namespace", $"The namespace '{@namespace}' is not valid: {reason}.")
    {
        Namespace = @namespace;
        Reason = reason;
    }

    /// <summary>The name as given.</summary>
    [Id(0)]
    public string Namespace { get; }

    /// <summary>What is wrong with it.</summary>
    [Id(1)]
    public string Reason { get; }
}

namespace Doozer;

/// <summary>There is no namespace of that name: nobody has made it, or it was deleted. Nothing was done.</summary>
[GenerateSerializer, Alias("Doozer.NoNamespaceException")]
public sealed class NoNamespaceException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="namespace">The name.</param>
    public NoNamespaceException(string @namespace)
        : base("no-namespace", $"There is no namespace '{@namespace}'; make it first, or look at its name.")
    {
        Namespace = @namespace;
    }

    /// <summary>The name.</summary>
    [Id(0)]
    public string Namespace { get; }
}

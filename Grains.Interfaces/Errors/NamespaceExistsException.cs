namespace Doozer;

/// <summary>A namespace of that name is there already. Nothing was changed.</summary>
[GenerateSerializer, Alias("Doozer.NamespaceExistsException")]
public sealed class NamespaceExistsException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="namespace">The name.</param>
    public NamespaceExistsException(string @namespace)
        : base("namespace-exists", $"There is a namespace '{@namespace}' already.")
    {
        Namespace = @namespace;
    }

    /// <summary>The name.</summary>
    [Id(0)]
    public string Namespace { get; }
}

namespace Doozer;

/// <summary>There are as many namespaces as there may be. None was made.</summary>
[GenerateSerializer, Alias("Doozer.TooManyNamespacesException")]
public sealed class TooManyNamespacesException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="namespace">The name that was not made.</param>
    /// <param name="limit">How many there may be, besides <see cref="Names.Main"/>.</param>
    public TooManyNamespacesException(string @namespace, int limit)
        : base(
            "too-many-namespaces",
            $"The namespace '{@namespace}' was not made: there are as many as there may be ({limit}, MaxNamespaces); delete one.")
    {
        Namespace = @namespace;
        Limit = limit;
    }

    /// <summary>The name that was not made.</summary>
    [Id(0)]
    public string Namespace { get; }

    /// <summary>How many there may be.</summary>
    [Id(1)]
    public int Limit { get; }
}

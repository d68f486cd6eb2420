namespace Doozer;

/// <summary>No quorum could be reached in time. What was asked for was not done.</summary>
[GenerateSerializer, Alias("Doozer.NoQuorumException")]
public sealed class NoQuorumException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="quorum">The quorum that is needed, in words.</param>
    /// <param name="missing">The acceptors that do not answer.</param>
    public NoQuorumException(string @namespace, string quorum, string[] missing)
        : base(
            "no-quorum",
            $"The namespace '{@namespace}' has no quorum: it needs {quorum}; not answering: " +
            $"{(missing.Length == 0 ? "none known" : string.Join(", ", missing))}. Nothing was done.")
    {
        Namespace = @namespace;
        Quorum = quorum;
        Missing = missing;
    }

    /// <summary>The namespace.</summary>
    [Id(0)]
    public string Namespace { get; }

    /// <summary>The quorum that is needed, in words.</summary>
    [Id(1)]
    public string Quorum { get; }

    /// <summary>The acceptors that do not answer.</summary>
    [Id(2)]
    public string[] Missing { get; }
}

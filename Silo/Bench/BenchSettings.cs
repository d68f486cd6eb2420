using System.Net;

namespace Doozer.Silo.Bench;

/// <summary>What the clients of a bench do.</summary>
internal enum BenchOperation
{
    /// <summary>Replace a file, whatever its revision.</summary>
    Write,

    /// <summary>Linearizable read of a file.</summary>
    Read,

    /// <summary>Read of a file from the gateway's own replica.</summary>
    LocalRead,

    /// <summary>One write to nine linearizable reads.</summary>
    Mixed,
}

/// <summary>One bench.</summary>
/// <param name="Gateways">Orleans gateways of the cluster.</param>
/// <param name="Operation">What the clients do.</param>
/// <param name="Clients">How many there are; each has one operation under way at a time.</param>
/// <param name="Seconds">How long it is measured.</param>
/// <param name="Size">Length of a body, in bytes.</param>
/// <param name="Keys">How many files there are.</param>
/// <param name="Namespace">In which namespace.</param>
/// <param name="Cluster">Name of the cluster.</param>
/// <param name="Seed">From which keys and bodies are drawn.</param>
internal sealed record BenchSettings(
    IPEndPoint[] Gateways,
    BenchOperation Operation,
    int Clients,
    int Seconds,
    int Size,
    int Keys,
    string Namespace,
    string Cluster,
    int Seed)
{
    /// <summary>The operation's name on the command line and in the report.</summary>
    public string OperationName => Operation switch
    {
        BenchOperation.LocalRead => "local-read",
        BenchOperation.Read => "read",
        BenchOperation.Mixed => "mixed",
        _ => "write",
    };
}

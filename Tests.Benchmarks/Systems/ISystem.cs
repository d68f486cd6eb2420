using System.Net;
using System.Net.Sockets;
using Doozer.Benchmarks.Stores;

namespace Doozer.Benchmarks.Systems;

/// <summary>
/// A system that is measured: how its nodes are run and spoken to. Nodes are numbered from 0, and listen on ports of 127.0.0.1.
/// </summary>
internal interface ISystem
{
    /// <summary>How many nodes a cluster has.</summary>
    const int Nodes = 3;

    string Name { get; }

    /// <summary>The ways in which clients speak to it; the name of each says the system too.</summary>
    IReadOnlyList<string> Transports { get; }

    /// <summary>Whether the clients here have locks over a transport. Where they are a recipe, not all do.</summary>
    bool HasLocks(string transport) => false;

    /// <summary>The one by which a node is asked whether it serves.</summary>
    string Probe => Name;

    /// <summary>All that its nodes listen on.</summary>
    IReadOnlyList<int> Ports { get; }

    /// <summary>Whether a node stops when its standard input ends.</summary>
    bool StopsAtEndOfInput => false;

    /// <summary>Writes what a node needs beside its command line.</summary>
    void Prepare(int node, string folder)
    {
    }

    /// <summary>The program and the arguments that run a node with its data in a folder.</summary>
    IReadOnlyList<string> Command(int node, string folder);

    /// <summary>Which version is measured.</summary>
    Task<string> Version(CancellationToken cancellation);

    /// <summary>Whether a node says that it knows a leader.</summary>
    Task<bool> KnowsLeader(int node, CancellationToken cancellation);

    /// <summary>The node that leads; null while they do not agree on one.</summary>
    Task<int?> Leader(CancellationToken cancellation);

    /// <summary>Connects clients to these nodes, the first client to the first of them.</summary>
    Task<IStore> Connect(string transport, IReadOnlyList<int> nodes, int clients, CancellationToken cancellation);

    static IPEndPoint EndPoint(int port) => new(IPAddress.Loopback, port);

    static Uri Address(int port) => new($"http://127.0.0.1:{port}/");

    /// <summary>Whether what a node was asked says only that it does not serve yet.</summary>
    static bool IsNotThere(Exception exception) => exception is HttpRequestException or SocketException or IOException
        or Grpc.Core.RpcException or OperationCanceledException or TimeoutException or Loads.LoadException;
}

using System.Net;
using System.Net.Sockets;

namespace Orleans.TestingHost;

public interface ITestClusterPortAllocator : IDisposable
{
    (int, int) AllocateConsecutivePortPairs(int numPorts);
}

/// <summary>Hands out runs of ports that nobody is listening on, each only once in this process.</summary>
public class TestClusterPortAllocator : ITestClusterPortAllocator
{
    private const int Lowest = 20000;
    private const int Highest = 30000;
    private static readonly Lock Gate = new();

    // Processes that test at the same time start in different places.
    private static int _next = Lowest + (Environment.ProcessId * 97 % (Highest - Lowest));

    public (int, int) AllocateConsecutivePortPairs(int numPorts = 5)
    {
        var first = Allocate(2 * numPorts);
        return (first, first + numPorts);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    private static int Allocate(int count)
    {
        lock (Gate)
        {
            for (var attempt = 0; attempt < Highest - Lowest; attempt++)
            {
                if (_next + count > Highest)
                {
                    _next = Lowest;
                }

                var first = _next;
                var busy = FirstBusy(first, count);
                _next = busy < 0 ? first + count : busy + 1;
                if (busy < 0)
                {
                    return first;
                }
            }
        }

        throw new InvalidOperationException($"No {count} consecutive free ports between {Lowest} and {Highest}.");
    }

    private static int FirstBusy(int first, int count)
    {
        for (var port = first; port < first + count; port++)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            }
            catch (SocketException)
            {
                return port;
            }
        }

        return -1;
    }
}

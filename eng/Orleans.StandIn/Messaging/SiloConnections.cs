using System.Collections.Concurrent;
using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Messaging;

/// <summary>The connections of a silo: one to each other silo, opened when first needed by either, and those of clients.</summary>
internal sealed class SiloConnections(
    IConnectionHandler handler, Connector connector, ConnectionOptions options, int maxMessageBytes, TimeProvider time)
{
    private readonly ConcurrentDictionary<SiloAddress, Connection> _bySilo = new();
    private readonly ConcurrentDictionary<SiloAddress, (long At, Exception Reason)> _failures = new();
    private readonly ConcurrentDictionary<Connection, byte> _all = new();
    private volatile Exception? _closed;

    public ICollection<Connection> All => _all.Keys;

    /// <summary>The connection to a silo, perhaps still being opened. Throws at once when the last attempt failed only just now.</summary>
    public Connection Get(SiloAddress silo)
    {
        if (_bySilo.TryGetValue(silo, out var known) && !known.IsClosed)
        {
            return known;
        }

        if (silo.Generation == 0 && FindByEndpoint(silo) is { } other)
        {
            return other;
        }

        if (_closed is { } closed)
        {
            throw new SiloUnavailableException($"This silo is stopping: {closed.Message}", closed);
        }

        if (_failures.TryGetValue(silo, out var failure) && time.GetElapsedTime(failure.At) < options.ConnectionRetryDelay)
        {
            throw new SiloUnavailableException(failure.Reason.Message, failure.Reason);
        }

        var connection = new Connection(handler, maxMessageBytes) { Remote = silo };
        var kept = _bySilo.AddOrUpdate(silo, connection, (_, existing) => existing.IsClosed ? connection : existing);
        if (ReferenceEquals(kept, connection))
        {
            _all[connection] = 0;
            _ = ConnectAsync(connection, silo);
        }

        return kept;
    }

    public void Accept(Hello hello, Socket socket)
    {
        var connection = new Connection(handler, maxMessageBytes) { Remote = hello.From };
        _all[connection] = 0;
        if (hello.From is { } silo)
        {
            _failures.TryRemove(silo, out _);
            _bySilo.AddOrUpdate(silo, connection, (_, existing) => existing.IsClosed ? connection : existing);
        }

        if (!connection.Start(socket) || _closed is not null)
        {
            connection.Close(_closed ?? new SiloUnavailableException());
        }
    }

    public void OnClosed(Connection connection, Exception reason)
    {
        _all.TryRemove(connection, out _);
        foreach (var pair in _bySilo)
        {
            if (ReferenceEquals(pair.Value, connection) && _bySilo.TryRemove(pair))
            {
                _failures[pair.Key] = (time.GetTimestamp(), reason);
            }
        }
    }

    /// <summary>Drops the connections to a silo that has been declared dead, and with them the calls that wait for it.</summary>
    public void CloseTo(SiloAddress silo, Exception reason)
    {
        foreach (var connection in _all.Keys)
        {
            if (silo.Equals(connection.Remote))
            {
                connection.Close(reason);
            }
        }

        _failures.TryRemove(silo, out _);
    }

    public void CloseAll(Exception reason, bool abort)
    {
        _closed = reason;
        foreach (var connection in _all.Keys)
        {
            if (abort)
            {
                connection.Abort(reason);
            }
            else
            {
                connection.Close(reason, flush: true);
            }
        }
    }

    /// <summary>An open connection to whichever incarnation is at the address.</summary>
    private Connection? FindByEndpoint(SiloAddress silo)
    {
        foreach (var (address, connection) in _bySilo)
        {
            if (connection.IsOpen && address.Endpoint.Equals(silo.Endpoint))
            {
                return connection;
            }
        }

        return null;
    }

    private async Task ConnectAsync(Connection connection, SiloAddress silo)
    {
        if (await connector.ConnectAsync(connection, silo) is { } welcome)
        {
            _bySilo.TryAdd(welcome.Silo, connection);
        }
    }
}

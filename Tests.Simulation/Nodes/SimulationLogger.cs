using Doozer.Paxos;
using Microsoft.Extensions.Logging;

namespace Doozer.Simulation;

/// <summary>Tells what nodes log. Nothing that was broken on purpose is logged with another exception than the disk's.</summary>
internal class SimulationLogger(SimulationCluster cluster, string node) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is SimulationFailureException or SafetyViolationException or InvalidOperationException or ArgumentException)
            cluster.Clock.Fail(exception);
        if (cluster.Story.IsTold)
        {
            cluster.Story.Tell($"{node} logs: " +
                $"{formatter(state, exception)}{(exception is null ? "" : $" ({exception.Message})")}");
        }
    }
}

/// <inheritdoc/>
internal sealed class SimulationLogger<T>(SimulationCluster cluster, string node) : SimulationLogger(cluster, node), ILogger<T>;

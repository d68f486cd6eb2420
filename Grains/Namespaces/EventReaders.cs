using System.Collections.Concurrent;
using Doozer.Grains;
using Doozer.Replicas;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Doozer.Namespaces;

/// <summary>
/// The readers of this node's events, by group. Event streams of this process read by them, without a grain's turn for each.
/// </summary>
internal sealed class EventReaders
{
    private readonly ConcurrentDictionary<GroupName, EventReader> _readers = new();
    private readonly TaskCompletionSource _stopping = new();
    private readonly DoozerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;

    public EventReaders(
        DoozerOptions options, TimeProvider time, ILoggerFactory loggers, IHostApplicationLifetime lifetime)
    {
        _options = options;
        _time = time;
        _loggers = loggers;
        lifetime.ApplicationStopping.Register(_stopping.SetResult);
    }

    /// <summary>All of them.</summary>
    public IEnumerable<KeyValuePair<GroupName, EventReader>> All => _readers;

    /// <summary>The reader of a namespace that is served here, else null.</summary>
    public EventReader? Find(string @namespace) => _readers
        .Where(reader => reader.Key.Namespace == @namespace)
        .MaxBy(reader => reader.Key.Generation)
        .Value;

    public EventReader GetOrAdd(ReplicaDriver replica) => _readers.GetOrAdd(
        replica.Group,
        group => new EventReader(
            replica,
            _options,
            _time,
            _stopping.Task,
            TaskScheduler.Default,
            _loggers.CreateLogger($"Doozer.{group.Namespace}")));

    /// <summary>The namespace is deleted. Who waits for its events is told by its replica.</summary>
    public void Remove(GroupName group) => _readers.TryRemove(group, out _);
}

using System.Collections.Concurrent;
using Doozer.Grains;
using Doozer.Paxos;
using Microsoft.Extensions.Logging;

namespace Doozer.Node;

/// <summary>
/// Watches the room on the disks of this node and of the others, so that writes are refused while those that are under way, and
/// deletes, still find some. A disk that is full stops its node.
/// </summary>
internal sealed partial class DiskRoom(
    NodeStorage storage,
    Func<string, INodeGrain> nodeOf,
    Func<QuorumSystem> quorums,
    DoozerOptions options,
    TimeProvider time,
    ILogger<DiskRoom> logger) : IDisposable
{
    private const int ReservesOfPlenty = 3;

    /// <summary>With so many no disk is full within a second.</summary>
    private const int ReservesOfAbundance = 200;

    private static readonly TimeSpan ShortPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuestionPeriod = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Task> _questions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _lowPeers = new(StringComparer.Ordinal);
    private ITimer? _timer;
    private long? _askedAt;
    private long _lookedAt;
    private bool _wasLow;
    private bool _wasShort;

    /// <summary>Looks from now on.</summary>
    public void Start() => _timer = time.CreateTimer(_ => Look(), null, TimeSpan.Zero, ShortPeriod);

    public void Dispose() => _timer?.Dispose();

    /// <summary>Refuses what needs room when this node, the leader, or too many others for a quorum have none.</summary>
    /// <param name="leader">The leader, if one is known.</param>
    /// <exception cref="DiskFullException">There is none.</exception>
    public void Require(string? leader)
    {
        // What is written before the timer looks again, which on a busy machine it does late, must not fill the disk.
        if (IsShort(storage.Disk) || time.GetElapsedTime(Interlocked.Read(ref _lookedAt)) > ShortPeriod)
            LookAtDisk();
        if (storage.Disk is { IsLow: true } own)
            throw new DiskFullException(options.Node, own.Free);
        if (_lowPeers.IsEmpty)
            return;
        if (leader is not null && _lowPeers.ContainsKey(leader))
            throw new DiskFullException(leader, 0);
        QuorumSystem deciding = quorums();
        if (deciding.Count - deciding.Acceptors.Count(_lowPeers.ContainsKey) < deciding.Phase2)
            throw new DiskFullException(string.Join(", ", _lowPeers.Keys.Order(StringComparer.Ordinal)), 0);
    }

    /// <summary>Looks once.</summary>
    internal void Look()
    {
        if (LookAtDisk() is not { } found)
            return;
        Tell(found);
        TimeSpan period = found.Free / ReservesOfAbundance > found.Reserve ? LongPeriod : ShortPeriod;
        _timer?.Change(period, period);

        if (_askedAt is { } before && time.GetElapsedTime(before) < QuestionPeriod)
            return;
        _askedAt = time.GetTimestamp();
        foreach (string peer in quorums().Acceptors)
        {
            if (peer != options.Node && (!_questions.TryGetValue(peer, out Task? last) || last.IsCompleted))
                _questions[peer] = Ask(peer);
        }
    }

    private static bool IsShort(DiskStatus? disk) => disk is not null && disk.Free < ReservesOfPlenty * disk.Reserve;

    private DiskStatus? LookAtDisk()
    {
        Interlocked.Exchange(ref _lookedAt, time.GetTimestamp());
        try
        {
            return storage.LookAtDisk();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DoozerException)
        {
            // Who writes there will find out what is the matter.
            return null;
        }
    }

    private void Tell(DiskStatus found)
    {
        if (found.IsLow != _wasLow)
        {
            _wasLow = found.IsLow;
            if (found.IsLow)
                LogLow(options.DataDirectory, found.Free, found.Reserve);
            else
                LogRoomAgain(options.DataDirectory, found.Free);
        }

        bool isShort = IsShort(found);
        if (isShort && !_wasShort && !found.IsLow)
            LogShort(options.DataDirectory, found.Free, found.Reserve);
        _wasShort = isShort;
    }

    private async Task Ask(string peer)
    {
        try
        {
            if (await nodeOf(peer).IsDiskLow())
                _lowPeers[peer] = true;
            else
                _lowPeers.TryRemove(peer, out _);
        }
        catch (Exception)
        {
            // One that does not answer counts in no quorum anyway, and may be of a version that does not know the question.
            _lowPeers.TryRemove(peer, out _);
        }
    }

    [LoggerMessage(50, LogLevel.Warning,
        "The disk of '{Directory}' has {Free} bytes left; with less than {Reserve} no writes will be taken but deletes")]
    private partial void LogShort(string directory, long free, long reserve);

    [LoggerMessage(51, LogLevel.Error,
        "The disk of '{Directory}' is nearly full: {Free} bytes are left, and {Reserve} are kept for what must be written. " +
        "Until there is room no writes are taken but deletes; reads go on")]
    private partial void LogLow(string directory, long free, long reserve);

    [LoggerMessage(52, LogLevel.Information, "The disk of '{Directory}' has room again, {Free} bytes; writes are taken")]
    private partial void LogRoomAgain(string directory, long free);
}

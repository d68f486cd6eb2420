using System.Text;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// A client that opens sessions, keeps them alive, and takes a lock with them, by a clock of its own that goes wrong; now and
/// then it is silent for longer than its session lives.
/// </summary>
internal sealed class SimulationHolder
{
    /// <summary>The lock: whoever creates the file has it.</summary>
    public const string LockPath = "/held/lock";

    /// <summary>Longest ttl that it asks for, in milliseconds.</summary>
    public const int LongestTtl = 1500;

    // Less than it is, as clocks may differ: a tenth, as every client should.
    private const int CountedPermille = 900;

    private readonly string _name;
    private readonly SimulationCluster _cluster;
    private readonly SessionChecker _checks;
    private readonly SimulationCaller _caller;
    private readonly TurnScheduler _turns;
    private readonly Random _random;
    private readonly int _clockRate;
    private int _values;
    private bool _stops;

    // Times are true ones, in microseconds.
    private long _session;
    private long _ttl;
    private long _validUntil;
    private long _token;

    public SimulationHolder(string name, SimulationCluster cluster, string @namespace)
    {
        _name = name;
        _cluster = cluster;
        _random = cluster.Random;
        _checks = cluster.Checks(@namespace).Sessions;
        _caller = new SimulationCaller(cluster, cluster.Checks(@namespace), name);
        _turns = new TurnScheduler(cluster.Clock.Schedule, static () => 0);
        _clockRate = _random.Next(SimulationNode.SlowestClock, SimulationNode.FastestClock + 1);
    }

    private bool IsValid => _session != 0 && _cluster.Clock.Now < _validUntil;

    public void Begin() => _ = _turns.Run(Run);

    /// <summary>It is heard no more.</summary>
    public void Stop() => _stops = true;

    private async Task Run()
    {
        while (!_stops)
        {
            await Pause(200);
            await Open();
            while (IsValid && !_stops)
                await Act();
            Forget();
        }
    }

    private async Task Open()
    {
        (long ttl, long sent) = (_random.Next(1000, LongestTtl + 1), _cluster.Clock.Now);
        string owner = $"{_name}.{++_values}";
        (Guid id, long floor) = (_cluster.NewRequestId(), _caller.Known);
        (long session, _) = await _caller.Request(
            server => server.OpenSession(TimeSpan.FromMilliseconds(ttl), owner, id, floor));
        if (session == 0)
            return;
        _caller.Learn(session);
        (_session, _ttl) = (session, ttl * SimulationClock.Millisecond);
        Confirm(sent);
    }

    private Task Act() => _random.Next(12) switch
    {
        < 5 => KeepAlive(),
        < 7 => _token == 0 ? Acquire() : Pause(100),
        7 => _token == 0 ? KeepAlive() : Release(),
        8 => Close(),
        9 when _random.Next(4) == 0 => Pause(2500),
        _ => Pause(250),
    };

    private async Task KeepAlive()
    {
        long sent = _cluster.Clock.Now;
        long[] sessions = [_session];
        (long[]? over, _) = await _caller.Request(server => server.KeepAlive(sessions));
        if (over is null)
            return;
        if (over.Length == 0)
            Confirm(sent);
        else
            Forget();
    }

    private async Task Acquire()
    {
        byte[] body = Encoding.UTF8.GetBytes($"{_name}.{++_values}");
        (Guid id, long floor, long session) = (_cluster.NewRequestId(), _caller.Known, _session);
        (long token, DoozerException? refusal) = await _caller.Request(
            server => server.Set(LockPath, body, Revisions.Missing, id, floor, session));
        _caller.Learn(token);
        if (refusal is SessionExpiredException)
            Forget();
        if (token == 0 || !IsValid)
            return;
        _token = token;
        _checks.OnAcquired(_name, token, _validUntil);
        _cluster.Story.Tell($"{_name} has the lock under {token}");
    }

    // Before it is given back: from then on another may have it.
    private async Task Release()
    {
        (long token, Guid id, long floor) = (_token, _cluster.NewRequestId(), _caller.Known);
        Drop();
        (long deleted, _) = await _caller.Request(server => server.Del(LockPath, token, id, floor));
        _caller.Learn(deleted);
    }

    private async Task Close()
    {
        (long session, Guid id, long floor) = (_session, _cluster.NewRequestId(), _caller.Known);
        Forget();
        (long closed, _) = await _caller.Request(server => server.CloseSession(session, id, floor));
        _caller.Learn(closed);
    }

    private void Confirm(long sent)
    {
        // What the holder's own clock calls nine tenths of the ttl.
        _validUntil = Math.Max(_validUntil, sent + (_ttl * CountedPermille / _clockRate));
        _checks.OnConfirmed(_session, sent, _ttl);
        if (_token != 0)
            _checks.OnRenewed(_name, _validUntil);
    }

    private void Drop()
    {
        _token = 0;
        _checks.OnReleased(_name);
    }

    private void Forget()
    {
        Drop();
        (_session, _validUntil) = (0, 0);
    }

    private Task Pause(int milliseconds) => Task.Delay(
        TimeSpan.FromMicroseconds(_random.NextInt64(milliseconds * SimulationClock.Millisecond)), _cluster.Clock.Time);
}

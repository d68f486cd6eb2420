using System.Text;

namespace Doozer.Simulation;

/// <summary>
/// A client that changes two files in one transaction, and looks whether it ever sees one without the other.
/// </summary>
internal sealed class SimulationPairs
{
    private const string First = "/pair/x";
    private const string Second = "/pair/y";

    private readonly string _name;
    private readonly SimulationCluster _cluster;
    private readonly NamespaceChecks _checks;
    private readonly SimulationCaller _caller;
    private readonly TurnScheduler _turns;
    private readonly Random _random;
    private long _seen;
    private int _values;
    private bool _stops;

    public SimulationPairs(string name, SimulationCluster cluster, string @namespace)
    {
        _name = name;
        _cluster = cluster;
        _random = cluster.Random;
        _checks = cluster.Checks(@namespace);
        _caller = new SimulationCaller(cluster, _checks, name);
        _turns = new TurnScheduler(cluster.Clock.Schedule, static () => 0);
    }

    public void Begin() => _ = _turns.Run(Run);

    public void Stop() => _stops = true;

    private async Task Run()
    {
        while (!_stops)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(200)), _cluster.Clock.Time);
            if (_random.Next(2) == 0)
                await Write();
            else
                await Read();
        }
    }

    private async Task Write()
    {
        string value = $"{_name}.{++_values}";
        Change[] changes = _random.Next(5) switch
        {
            0 => [Change.Del(First), Change.Del(Second)],
            1 => [Change.Check(First, _seen), Set(First, value), Set(Second, value)],
            _ => [Set(First, value), Set(Second, value)],
        };
        (Guid id, long floor) = (_cluster.NewRequestId(), _caller.Known);
        (long last, _) = await _caller.Request(server => server.Transact(changes, id, floor));
        if (last == 0)
            return;
        _caller.Learn(last);
        _seen = last - 1;
        if (_checks.Trees.EndOf(last) != last || _checks.Trees.EndOf(last - 1) != last)
            Fail($"it was told that its transaction ended at revision {last}");
    }

    private async Task Read()
    {
        var mode = (ReadMode)_random.Next(2);
        long revision = mode == ReadMode.Local && _seen > 0 ? _seen - _random.Next(2) : Revisions.Latest;
        (WalkPage? page, _) = await _caller.Request(server => server.Walk("/pair/*", "", 10, revision, mode));
        if (page is null)
            return;
        _caller.Learn(page.TreeRevision);
        if (page.Files is not ([] or [_, _]) || page.Files.Select(Value).Distinct().Count() > 1)
            Fail($"at revision {page.TreeRevision} it found {string.Join(", ", page.Files.Select(file => $"{file}"))}");
        if (page.Files is [WalkedFile first, _])
            _seen = Math.Max(_seen, first.Revision);
    }

    private static Change Set(string path, string value) => Change.Set(path, Encoding.UTF8.GetBytes($"{value}{path[^2..]}"));

    private static string Value(WalkedFile file) => Encoding.UTF8.GetString(file.Body)[..^2];

    private void Fail(string what) =>
        _cluster.Clock.Fail(new SimulationFailureException($"{_name} saw half a transaction: {what}"));
}

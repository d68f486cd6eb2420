using System.Diagnostics;
using Doozer.Simulation;

namespace Doozer.Chaos.Load;

/// <summary>The history of all clients, on one clock.</summary>
internal sealed class Recorder
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Operation> _operations = [];
    private readonly Dictionary<string, int> _answers = new(StringComparer.Ordinal);
    private readonly int[] _outcomes = new int[3];

    /// <summary>The time since the start of the run.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>The same in microseconds, as histories have it.</summary>
    public long Now => Elapsed.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>How many operations ended with each outcome.</summary>
    public (int Ok, int Failed, int Unknown) Outcomes
    {
        get
        {
            lock (_operations)
                return (_outcomes[0], _outcomes[1], _outcomes[2]);
        }
    }

    public void Add(Operation operation)
    {
        lock (_operations)
        {
            _operations.Add(operation);
            _outcomes[(int)operation.Outcome]++;
        }
    }

    /// <summary>Counts what single attempts were answered.</summary>
    public void Count(string answer)
    {
        lock (_operations)
            _answers[answer] = _answers.GetValueOrDefault(answer) + 1;
    }

    public List<Operation> Operations()
    {
        lock (_operations)
            return [.. _operations];
    }

    public List<KeyValuePair<string, int>> Answers()
    {
        lock (_operations)
            return [.. _answers.OrderByDescending(answer => answer.Value)];
    }
}

namespace Doozer.Simulation;

/// <summary>Runs seeds in parallel until all are done or one fails. Of several that fail the lowest is told.</summary>
internal sealed class SeedRunner(Mutation mutation, int jobs)
{
    private readonly Lock _lock = new();
    private RunSummary _total;
    private int _done;
    private int _failures;
    private (int Seed, string Story)? _failure;

    public int Done => Volatile.Read(ref _done);

    public RunSummary Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
    }

    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Runs them.</summary>
    /// <returns>The lowest seed that failed and its story; null when none did.</returns>
    public (int Seed, string Story)? Run(int from, int count)
    {
        Parallel.For(
            from,
            from + count,
            new ParallelOptions { MaxDegreeOfParallelism = jobs },
            (seed, state) =>
            {
                // The loop goes on with lower seeds only, so that the same failure is found whatever the number of jobs.
                if (state.ShouldExitCurrentIteration && state.LowestBreakIteration < seed)
                    return;
                try
                {
                    RunSummary summary = RandomRun.Execute(seed, mutation);
                    lock (_lock)
                        _total += summary;
                    Interlocked.Increment(ref _done);
                }
                catch (SimulationFailureException failure)
                {
                    Interlocked.Increment(ref _failures);
                    lock (_lock)
                    {
                        if (_failure is null || seed < _failure.Value.Seed)
                            _failure = (seed, failure.Message);
                    }

                    state.Break();
                }
            });
        return _failure;
    }
}

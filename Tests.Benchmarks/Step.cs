using Doozer.Benchmarks.Reports;

namespace Doozer.Benchmarks;

/// <summary>One thing to measure on a cluster.</summary>
/// <param name="What">System, operation and round.</param>
/// <param name="Run">Measures it, and adds the figures.</param>
internal sealed record Step(Measurement What, Func<Measurement, CancellationToken, Task<Measurement>> Run)
{
    /// <summary>Whether the steps that follow make no sense when it fails.</summary>
    public bool IsVital { get; init; }
}

using System.Runtime.InteropServices;

namespace Doozer.Simulation;

/// <summary>What a run did, so that everybody can see that it was not empty, and that it was the same again.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RunSummary(
    long Steps, int Faults, int Changes, int Elections, int WentQuiet, int Snapshots, int Installed, long Chosen,
    int Acknowledged, int Reads, int Operations, uint Digest)
{
    public static RunSummary operator +(RunSummary one, RunSummary other) => new(
        one.Steps + other.Steps,
        one.Faults + other.Faults,
        one.Changes + other.Changes,
        one.Elections + other.Elections,
        one.WentQuiet + other.WentQuiet,
        one.Snapshots + other.Snapshots,
        one.Installed + other.Installed,
        one.Chosen + other.Chosen,
        one.Acknowledged + other.Acknowledged,
        one.Reads + other.Reads,
        one.Operations + other.Operations,
        one.Digest ^ other.Digest);
}

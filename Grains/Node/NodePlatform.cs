using Doozer.Grains;
using Doozer.Storage;

namespace Doozer.Node;

/// <summary>What a node's storage stands on: the machine's, or the simulator's.</summary>
/// <param name="OpenDirectory">Takes the data directory that the options name.</param>
/// <param name="Background">Where work runs that waits for the disk.</param>
internal sealed record NodePlatform(Func<DoozerOptions, IDataDirectory> OpenDirectory, TaskScheduler Background)
{
    /// <summary>This machine's disk and threads.</summary>
    public static NodePlatform Machine { get; } = new(
        static options => DataDirectory.Open(options.DataDirectory, options.Cluster, options.Node), TaskScheduler.Default);
}

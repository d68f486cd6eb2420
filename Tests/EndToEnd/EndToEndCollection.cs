namespace Doozer.Tests.EndToEnd;

/// <summary>Real processes, fsync and ports: one test at a time, and not beside others that measure.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EndToEndCollection
{
    public const string Name = "end to end";
}

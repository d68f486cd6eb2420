namespace Doozer.Tests;

/// <summary>
/// Clusters in this process that are quick to declare a silo dead: not beside tests that keep all cores busy, which would make
/// healthy silos miss their probes.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SiloCollection
{
    public const string Name = "silos";
}

namespace Doozer.Tests.EndToEnd;

/// <summary>What says how nodes take a machine that is busy must know how busy it is: nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BusyCoresCollection
{
    public const string Name = "busy cores";
}

using Doozer.Clustering;

namespace Doozer.Tests.Clustering;

/// <summary>A grain of an application, to see that calls cross silos.</summary>
[Alias("Doozer.Tests.Clustering.ISeatGrain")]
public interface ISeatGrain : IGrainWithStringKey
{
    /// <summary>Takes the seat if it is free; tells who sits there.</summary>
    [Alias("Take")]
    Task<string> Take(string who);

    /// <summary>Name of the silo that holds the grain.</summary>
    [Alias("Where")]
    Task<string> Where();

    /// <summary>Fails as the membership table does.</summary>
    [Alias("Fail")]
    Task Fail();
}

public sealed class SeatGrain(ILocalSiloDetails silo) : Grain, ISeatGrain
{
    private string? _taken;

    public Task<string> Take(string who) => Task.FromResult(_taken ??= who);

    public Task<string> Where() => Task.FromResult(silo.Name);

    public Task Fail() => throw new ClusteringException("There is no quorum.");
}

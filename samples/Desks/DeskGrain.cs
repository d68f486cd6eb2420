using System.Text;
using Doozer;
using Doozer.Client;

namespace Desks;

/// <summary>The application's own grain.</summary>
[Alias("Desks.IDeskGrain")]
public interface IDeskGrain : IGrainWithStringKey
{
    [Alias("Greet")]
    Task Greet(string greeting);
}

public sealed class DeskGrain(IDoozerClient doozer) : Grain, IDeskGrain
{
    public Task Greet(string greeting) =>
        doozer.SetAsync($"/desks/{this.GetPrimaryKeyString()}/greeting", Encoding.UTF8.GetBytes(greeting), Revisions.Clobber);
}

namespace Shop;

/// <summary>The application's own grain.</summary>
[Alias("Shop.ICartGrain")]
public interface ICartGrain : IGrainWithStringKey
{
    [Alias("Add")]
    Task<string[]> Add(string item);
}

public sealed class CartGrain : Grain, ICartGrain
{
    private readonly List<string> _items = [];

    public Task<string[]> Add(string item)
    {
        _items.Add(item);
        return Task.FromResult(_items.ToArray());
    }
}

using Doozer.Tree;

namespace Doozer.Tests.Tree;

public sealed class OrderedMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void Versions_stay_as_they_were(int changesPerEdit)
    {
        var random = new Random(7);
        var map = default(OrderedMap<int>);
        var model = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var versions = new List<(OrderedMap<int> Map, KeyValuePair<string, int>[] Expected)>();
        long edit = 1;
        for (int i = 0; i < 4000; i++)
        {
            string key = random.Next(400).ToString();
            if (random.Next(5) < 2)
            {
                map = map.Remove(key, edit);
                model.Remove(key);
            }
            else
            {
                map = map.Set(key, i, edit, out bool added);
                added.ShouldBe(!model.ContainsKey(key));
                model[key] = i;
            }

            if (i % changesPerEdit == 0)
            {
                edit++;
                if (i % 25 == 0)
                    versions.Add((map, [.. model]));
            }
        }

        foreach ((OrderedMap<int> version, KeyValuePair<string, int>[]? expected) in versions)
            Content(version).ShouldBe(expected);
    }

    [Fact]
    public void Stays_shallow()
    {
        var map = default(OrderedMap<int>);
        for (int i = 0; i < 1 << 14; i++)
            map = map.Set($"{i:D6}", i, 1, out _);
        map.Height.ShouldBeLessThanOrEqualTo(20, "1.44 log2(n)");
        for (int i = 0; i < (1 << 14) - 64; i++)
            map = map.Remove($"{i:D6}", 1);
        map.Height.ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public void Seeks_before_and_after_a_key()
    {
        var map = default(OrderedMap<int>);
        foreach (string key in new[] { "b", "d", "f" })
            map = map.Set(key, 0, 1, out _);
        First(map, "a", true).ShouldBe("b");
        First(map, "b", true).ShouldBe("b");
        First(map, "b", false).ShouldBe("d");
        First(map, "e", false).ShouldBe("f");
        First(map, "f", false).ShouldBeNull();
        First(map, "g", true).ShouldBeNull();
    }

    private static string? First(OrderedMap<int> map, string key, bool inclusive)
    {
        OrderedMap<int>.Cursor cursor = map.GetCursor();
        cursor.Seek(key, inclusive);
        return cursor.MoveNext() ? cursor.Key : null;
    }

    private static List<KeyValuePair<string, int>> Content(OrderedMap<int> map)
    {
        var content = new List<KeyValuePair<string, int>>();
        OrderedMap<int>.Cursor cursor = map.GetCursor();
        while (cursor.MoveNext())
            content.Add(new(cursor.Key, cursor.Value));
        return content;
    }
}

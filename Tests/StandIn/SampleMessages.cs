using System.Collections.Immutable;
using System.Net;
using Orleans;

namespace Doozer.Tests.StandIn;

[GenerateSerializer]
public enum Colour : byte
{
    Red = 1,
    Green = 200,
}

[GenerateSerializer, Alias("Doozer.Tests.StandIn.Point")]
public readonly record struct Point([property: Id(0)] int X, [property: Id(1)] int Y);

[GenerateSerializer, Alias("Doozer.Tests.StandIn.Animal")]
public abstract class Animal
{
    [Id(0)]
    public string Name { get; init; } = "";
}

[GenerateSerializer, Alias("Doozer.Tests.StandIn.Cat")]
public sealed class Cat : Animal
{
    [Id(0)]
    public int Lives { get; set; }
}

[GenerateSerializer, Alias("Doozer.Tests.StandIn.Tree")]
public sealed class Tree
{
    [Id(0)]
    public int Value { get; set; }

    [Id(1)]
    public Tree? Left { get; set; }
}

[GenerateSerializer, Alias("Doozer.Tests.StandIn.Everything")]
public sealed record Everything
{
    [Id(0)]
    public string? Text { get; init; }

    [Id(1)]
    public byte[]? Bytes { get; init; }

    [Id(2)]
    public Point[] Points { get; init; } = [];

    [Id(3)]
    public List<string?> Texts { get; init; } = [];

    [Id(4)]
    public Dictionary<string, long> Numbers { get; init; } = [];

    [Id(5)]
    public ImmutableArray<Colour> Colours { get; init; } = [];

    [Id(6)]
    public int? Maybe { get; init; }

    [Id(7)]
    public (int Left, string Right) Pair { get; init; }

    [Id(8)]
    public Guid Guid { get; init; }

    [Id(9)]
    public DateTime Time { get; init; }

    [Id(10)]
    public DateTimeOffset Offset { get; init; }

    [Id(11)]
    public TimeSpan Span { get; init; }

    [Id(12)]
    public decimal Money { get; init; }

    [Id(13)]
    public double Real { get; init; }

    [Id(14)]
    public Animal? Pet { get; init; }

    [Id(15)]
    public Tree? Tree { get; init; }

    [Id(16)]
    public IPEndPoint? Address { get; init; }

    [Id(17)]
    public ulong Large { get; init; }

    public static Everything Sample() => new()
    {
        Text = "größer",
        Bytes = [0, 1, 255],
        Points = [new(1, -1), new(int.MinValue, int.MaxValue)],
        Texts = ["a", null, ""],
        Numbers = new() { ["min"] = long.MinValue, ["max"] = long.MaxValue },
        Colours = [Colour.Red, Colour.Green],
        Maybe = 7,
        Pair = (3, "three"),
        Guid = new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"),
        Time = new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc),
        Offset = new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(2)),
        Span = TimeSpan.FromTicks(-5),
        Money = -12345.678m,
        Real = double.Epsilon,
        Pet = new Cat { Name = "Tom", Lives = 9 },
        Tree = new Tree { Value = 1, Left = new Tree { Value = 2 } },
        Address = new IPEndPoint(IPAddress.Parse("10.0.0.1"), 65535),
        Large = ulong.MaxValue,
    };

    public void ShouldMatch(Everything other)
    {
        other.Text.ShouldBe(Text);
        other.Bytes.ShouldBe(Bytes);
        other.Points.ShouldBe(Points);
        other.Texts.ShouldBe(Texts);
        other.Numbers.ShouldBe(Numbers, ignoreOrder: true);
        other.Colours.ShouldBe(Colours);
        other.Maybe.ShouldBe(Maybe);
        other.Pair.ShouldBe(Pair);
        other.Guid.ShouldBe(Guid);
        other.Time.ShouldBe(Time);
        other.Time.Kind.ShouldBe(Time.Kind);
        other.Offset.ShouldBe(Offset);
        other.Offset.Offset.ShouldBe(Offset.Offset);
        other.Span.ShouldBe(Span);
        other.Money.ShouldBe(Money);
        other.Real.ShouldBe(Real);
        var cat = other.Pet.ShouldBeOfType<Cat>();
        cat.Name.ShouldBe(Pet!.Name);
        cat.Lives.ShouldBe(((Cat)Pet).Lives);
        other.Tree!.Left!.Value.ShouldBe(Tree!.Left!.Value);
        other.Tree.Left.Left.ShouldBeNull();
        other.Address.ShouldBe(Address);
        other.Large.ShouldBe(Large);
    }
}

/// <summary>As the product's errors: no parameterless constructor, and members that can only be read.</summary>
[GenerateSerializer, Alias("Doozer.Tests.StandIn.SampleException")]
public class SampleException(string message, long revision, string[] missing) : Exception($"sample: {message}")
{
    [Id(0)]
    public long Revision { get; } = revision;

    [Id(1)]
    public string[] Missing { get; } = missing;
}

/// <summary>Not serializable by itself; its type is known at both ends.</summary>
public sealed class UnknownToNobodyException(string message) : Exception(message);

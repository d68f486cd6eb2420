using System.Text.Json;
using System.Text.Json.Serialization;

namespace Doozer.Benchmarks.Reports;

/// <summary>One line of the results' file: what was measured, or under which conditions.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Surroundings), "surroundings")]
[JsonDerivedType(typeof(MachineState), "machine")]
[JsonDerivedType(typeof(Measurement), "measurement")]
internal abstract record ResultLine
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <exception cref="JsonException">It is not a line of a results' file.</exception>
    public static ResultLine Parse(string json) => JsonSerializer.Deserialize<ResultLine>(json, Options)!;
}

/// <summary>Where and how the figures were taken.</summary>
internal sealed record Surroundings : ResultLine
{
    public required DateTimeOffset Time { get; init; }

    public required string Processor { get; init; }

    public required int Cores { get; init; }

    public required double MemoryGiB { get; init; }

    /// <summary>Operating system, file system of the nodes' data, .NET.</summary>
    public required string Platform { get; init; }

    /// <summary>Of each system that was measured.</summary>
    public required IReadOnlyList<string> Versions { get; init; }

    /// <summary>The command line.</summary>
    public required string Options { get; init; }
}

/// <summary>How busy the machine was with other work before or after measuring.</summary>
internal sealed record MachineState : ResultLine
{
    public required string When { get; init; }

    /// <summary>Share of all processors in use, 0 to 1.</summary>
    public required double BusyShare { get; init; }

    public required bool IsQuiet { get; init; }

    /// <summary>How long it takes to append 4 KiB to a file and make them durable.</summary>
    public required double FlushP50Ms { get; init; }

    public required double FlushP99Ms { get; init; }
}

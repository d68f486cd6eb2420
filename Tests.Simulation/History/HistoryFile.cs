using System.Text.Json;
using System.Text.Json.Serialization;

namespace Doozer.Simulation;

/// <summary>Histories as files: one operation a line, in JSON.</summary>
internal static class HistoryFile
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public static string ToLine(Operation operation) => JsonSerializer.Serialize(operation, Format);

    /// <summary>Reads a line.</summary>
    /// <exception cref="JsonException">It is no operation.</exception>
    public static Operation Parse(string line) =>
        JsonSerializer.Deserialize<Operation>(line, Format)
            ?? throw new JsonException("The line holds null instead of an operation.");

    public static void Write(TextWriter writer, IEnumerable<Operation> operations)
    {
        foreach (Operation operation in operations)
            writer.Write(ToLine(operation) + "\n");
    }

    /// <exception cref="InvalidDataException">A line is no operation; the message says which.</exception>
    public static List<Operation> Read(TextReader reader)
    {
        var operations = new List<Operation>();
        while (reader.ReadLine() is { } line)
        {
            try
            {
                operations.Add(Parse(line));
            }
            catch (JsonException exception)
            {
                throw new InvalidDataException(
                    $"Line {operations.Count + 1} of the history is no operation: {exception.Message}", exception);
            }
        }

        return operations;
    }
}

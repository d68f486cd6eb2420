using System.Text.Json;

namespace Doozer.Silo.Http;

/// <summary>
/// The members of an object in JSON, each checked where it is read; what is not known is refused. One that is null counts as left
/// out: generated clients write all that they know of.
/// </summary>
internal readonly struct JsonMembers
{
    private readonly JsonElement _object;

    /// <param name="value">What should be an object.</param>
    /// <param name="what">What it is called when it is none.</param>
    /// <exception cref="InvalidArgumentException">It is none.</exception>
    public JsonMembers(JsonElement value, string what)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new InvalidArgumentException(what, "it must be an object, in braces");
        _object = value;
    }

    public bool Has(string name) => Find(name) is not null;

    /// <exception cref="InvalidArgumentException">There is another member.</exception>
    public void RequireOnly(params ReadOnlySpan<string> names)
    {
        foreach (JsonProperty member in _object.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null && !names.Contains(member.Name))
                throw new InvalidArgumentException(member.Name, $"there is no such member here, only {string.Join(", ", names)}");
        }
    }

    public string? Text(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new InvalidArgumentException(name, "it must be a text, in quotes");

    public byte[]? Base64(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out byte[]? bytes) ? bytes
        : throw new InvalidArgumentException(name, "it must be a text in base64");

    public long? WholeNumber(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number
        : throw new InvalidArgumentException(name, "it must be a whole number");

    /// <summary>Seconds, with a fraction if wanted.</summary>
    /// <param name="name">The member.</param>
    /// <param name="most">What more than this is taken for; who uses it refuses that too.</param>
    public TimeSpan? Seconds(string name, TimeSpan most)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out decimal seconds))
            throw new InvalidArgumentException(name, "it must be a number of seconds");
        decimal ticks = Math.Clamp(seconds, -1, (decimal)most.TotalSeconds) * TimeSpan.TicksPerSecond;
        return new TimeSpan((long)Math.Ceiling(ticks));
    }

    public JsonElement Array(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } value
            ? value
            : throw new InvalidArgumentException(name, "it must be a list, in brackets");

    private JsonElement? Find(string name) =>
        _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}

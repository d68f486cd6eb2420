using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Doozer.Silo.Commands;

/// <summary>Spans of time on the command line: a number with <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>.</summary>
internal static class Duration
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond), ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
    ];

    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        HelpName = "TIME",
        Description = description,
        CustomParser = Parse,
    };

    private static TimeSpan? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        foreach ((string unit, long ticks) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && decimal.TryParse(
                    text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                    out decimal number)
                && number <= TimeSpan.MaxValue.Ticks / ticks)
            {
                return new TimeSpan((long)(number * ticks));
            }
        }

        result.AddError($"'{text}' is not a time: give one such as 500ms, 10s, 2.5m or 1h.");
        return null;
    }
}

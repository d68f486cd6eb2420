using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Doozer.Silo.Commands;

/// <summary>
/// Numbers on the command line. What is none, or out of range, is refused in plain words; the parser's own name a type of the
/// runtime.
/// </summary>
internal static class WholeNumber
{
    /// <summary>An option with a range.</summary>
    public static Option<T> Option<T>(string name, string value, T fallback, T least, T most, string description)
        where T : struct, IBinaryInteger<T> => new(name)
        {
            Description = description,
            HelpName = value,
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
                Parse(result, least, most, $"{name} is '{Text(result)}'; give a whole number from {least} to {most}."),
        };

    /// <summary>Reads a revision of any sign; what it may be is for the store to say.</summary>
    public static long Revision(ArgumentResult result) =>
        Parse(result, long.MinValue, long.MaxValue, $"The revision '{Text(result)}' is not a number.");

    /// <summary>Reads the id of a session.</summary>
    public static long Session(ArgumentResult result) =>
        Parse(result, 1, long.MaxValue, $"'{Text(result)}' is not the id of a session.");

    private static string Text(ArgumentResult result) => result.Tokens[0].Value;

    private static T Parse<T>(ArgumentResult result, T least, T most, string fault)
        where T : struct, IBinaryInteger<T>
    {
        if (T.TryParse(Text(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T number)
            && number >= least
            && number <= most)
        {
            return number;
        }

        result.AddError(fault);
        return default;
    }
}

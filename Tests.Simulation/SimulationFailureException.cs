using System.Runtime.CompilerServices;

namespace Doozer.Simulation;

/// <summary>A run broke a rule; the message names it.</summary>
internal sealed class SimulationFailureException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// Throws unless it holds. The message is only made when it is needed, for rules are checked millions of times.
    /// </summary>
    public static void Require(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref Otherwise otherwise)
    {
        if (!holds)
            throw new SimulationFailureException(otherwise.ToStringAndClear());
    }

    [InterpolatedStringHandler]
    internal ref struct Otherwise
    {
        private DefaultInterpolatedStringHandler _text;

        public Otherwise(int literals, int values, bool holds, out bool isWanted)
        {
            isWanted = !holds;
            if (isWanted)
                _text = new DefaultInterpolatedStringHandler(literals, values);
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public string ToStringAndClear() => _text.ToStringAndClear();
    }
}

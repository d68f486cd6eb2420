namespace Doozer;

/// <summary>What OpenTelemetry must be told to collect metrics and traces of Doozer in an application of its own.</summary>
public static class DoozerTelemetry
{
    /// <summary>Name of the meter and of the activity source, for <c>AddMeter</c> and <c>AddSource</c>.</summary>
    public const string Name = "Doozer.Orleans";
}

using Microsoft.Extensions.Options;

namespace Doozer.Client;

/// <summary>Refuses options that could not work, before the first request rather than during a failure.</summary>
internal sealed class DoozerClientOptionsValidator : IValidateOptions<DoozerClientOptions>
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public ValidateOptionsResult Validate(string? name, DoozerClientOptions options)
    {
        string? fault = FaultIn(options);
        return fault is null
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{nameof(DoozerClientOptions)}.{fault}");
    }

    private static string? FaultIn(DoozerClientOptions options)
    {
        if (string.IsNullOrEmpty(options.Namespace))
            return "Namespace must not be empty.";
        if (OutOfRange(options.RequestTimeout))
            return $"RequestTimeout is {options.RequestTimeout}; give more than 0, at most 1 h.";
        if (OutOfRange(options.AttemptTimeout) || options.AttemptTimeout > options.RequestTimeout)
        {
            return $"AttemptTimeout is {options.AttemptTimeout}; give more than 0, at most RequestTimeout " +
                $"({options.RequestTimeout}).";
        }

        if (OutOfRange(options.MinBackoff))
            return $"MinBackoff is {options.MinBackoff}; give more than 0, at most 1 h.";
        if (OutOfRange(options.MaxBackoff) || options.MaxBackoff < options.MinBackoff)
            return $"MaxBackoff is {options.MaxBackoff}; give at least MinBackoff ({options.MinBackoff}), at most 1 h.";
        if (options.PollTimeout <= TimeSpan.Zero || options.PollTimeout > Limits.WaitTimeout)
            return $"PollTimeout is {options.PollTimeout}; give more than 0, at most {Limits.WaitTimeout}.";
        if (options.MaxInFlight < 1)
            return $"MaxInFlight is {options.MaxInFlight}; give at least 1.";
        if (options.PageSize is < 1 or > Limits.PageSize)
            return $"PageSize is {options.PageSize}; give 1 to {Limits.PageSize}.";
        return null;
    }

    private static bool OutOfRange(TimeSpan span) => span <= TimeSpan.Zero || span > Longest;
}

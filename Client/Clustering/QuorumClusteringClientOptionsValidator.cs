using Microsoft.Extensions.Options;

namespace Doozer.Client.Clustering;

internal sealed class QuorumClusteringClientOptionsValidator : IValidateOptions<QuorumClusteringClientOptions>
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public ValidateOptionsResult Validate(string? name, QuorumClusteringClientOptions options)
    {
        string? fault = FaultIn(options);
        return fault is null
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{nameof(QuorumClusteringClientOptions)}.{fault}");
    }

    private static string? FaultIn(QuorumClusteringClientOptions options)
    {
        if (options.Addresses.Count == 0)
            return "Addresses is empty; give the HTTP address of at least one peer, such as http://10.0.0.1:7000.";
        foreach (Uri address in options.Addresses)
        {
            if (address is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
                return $"Addresses has '{address}', which is not of the form http://HOST:PORT.";
        }

        if (OutOfRange(options.RefreshPeriod))
            return $"RefreshPeriod is {options.RefreshPeriod}; give more than 0, at most 1 h.";
        if (OutOfRange(options.RequestTimeout))
            return $"RequestTimeout is {options.RequestTimeout}; give more than 0, at most 1 h.";
        return null;
    }

    private static bool OutOfRange(TimeSpan span) => span <= TimeSpan.Zero || span > Longest;
}

using Microsoft.Extensions.Options;

namespace Doozer.Silo.Http;

/// <summary>Limits of the HTTP interface of a node. Validated before the node starts.</summary>
internal sealed class HttpOptions
{
    /// <summary>Most event streams that are open at one time (default 5,000).</summary>
    public int MaxEventStreams { get; set; } = 5000;

    /// <summary>Most connections at one time (default 10,000); idle ones are closed for new ones.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>
    /// Most bytes of answers, short ones left out, that are written and not yet taken by the network (default 64 MiB, at least
    /// 1 MiB).
    /// </summary>
    public long MaxAnswerBytes { get; set; } = 64 << 20;
}

/// <summary>Refuses options that could not work.</summary>
internal sealed class HttpOptionsValidator : IValidateOptions<HttpOptions>
{
    private const int MinAnswerBytes = 1 << 20;

    public ValidateOptionsResult Validate(string? name, HttpOptions options)
    {
        if (options.MaxConnections < 1)
        {
            return ValidateOptionsResult.Fail(
                $"Doozer cannot start: MaxConnections is {options.MaxConnections}; give at least 1.");
        }

        if (options.MaxEventStreams < 1)
        {
            return ValidateOptionsResult.Fail(
                $"Doozer cannot start: MaxEventStreams is {options.MaxEventStreams}; give at least 1.");
        }

        return options.MaxAnswerBytes >= MinAnswerBytes
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Doozer cannot start: MaxAnswerBytes is {options.MaxAnswerBytes}; give at least {MinAnswerBytes} (1 MiB).");
    }
}

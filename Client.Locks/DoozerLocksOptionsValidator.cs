using Microsoft.Extensions.Options;

namespace Doozer.Client.Locks;

internal sealed class DoozerLocksOptionsValidator : IValidateOptions<DoozerLocksOptions>
{
    public ValidateOptionsResult Validate(string? name, DoozerLocksOptions options)
    {
        if (options.Ttl < Limits.ShortestTtl || options.Ttl > Limits.LongestTtl)
        {
            return ValidateOptionsResult.Fail(
                $"{nameof(DoozerLocksOptions)}.Ttl is {options.Ttl}; give {Limits.ShortestTtl} to {Limits.LongestTtl}.");
        }

        return options.Path is ['/', _, ..] && !options.Path.EndsWith('/')
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{nameof(DoozerLocksOptions)}.Path is '{options.Path}'; give a directory such as /locks.");
    }
}

namespace Doozer;

/// <summary>An argument is out of its range.</summary>
[GenerateSerializer, Alias("Doozer.InvalidArgumentException")]
public sealed class InvalidArgumentException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="argument">Its name.</param>
    /// <param name="reason">What is wrong with it.</param>
    public InvalidArgumentException(string argument, string reason)
        : base("invalid-argument", $"The argument '{argument}' is not valid: {reason}.")
    {
        Argument = argument;
        Reason = reason;
    }

    /// <summary>Its name.</summary>
    [Id(0)]
    public string Argument { get; }

    /// <summary>What is wrong with it.</summary>
    [Id(1)]
    public string Reason { get; }
}

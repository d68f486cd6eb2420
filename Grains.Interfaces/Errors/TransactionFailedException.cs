namespace Doozer;

/// <summary>A change of a transaction could not be made, so none was. The code is that of the reason.</summary>
[GenerateSerializer, Alias("Doozer.TransactionFailedException")]
public sealed class TransactionFailedException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="change">Which change, from 0: the first that failed.</param>
    /// <param name="reason">Why.</param>
    public TransactionFailedException(int change, DoozerException reason)
        : base(CodeOf(reason), $"Nothing was changed, for changes[{change}]: {reason.Message}")
    {
        Change = change;
        Reason = reason;
    }

    /// <summary>Which change, from 0: the first that failed.</summary>
    [Id(0)]
    public int Change { get; }

    /// <summary>Why.</summary>
    [Id(1)]
    public DoozerException Reason { get; }

    private static string CodeOf(DoozerException reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return reason.Code;
    }
}

namespace Doozer.Client;

/// <summary>Somebody else was faster, each time that an optimistic transaction was run. Nothing was changed.</summary>
[GenerateSerializer, Alias("Doozer.Client.TransactionConflictException")]
public sealed class TransactionConflictException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="attempts">How often it was run.</param>
    /// <param name="last">Why the last attempt failed.</param>
    public TransactionConflictException(int attempts, DoozerException last)
        : base(
            "transaction-conflict",
            $"The transaction was run {attempts} times, and others were faster each time. {last?.Message}")
    {
        Attempts = attempts;
        Last = last!;
    }

    /// <summary>How often it was run.</summary>
    [Id(0)]
    public int Attempts { get; }

    /// <summary>Why the last attempt failed.</summary>
    [Id(1)]
    public DoozerException Last { get; }
}

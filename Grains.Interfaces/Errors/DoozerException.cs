namespace Doozer;

/// <summary>
/// Base of all errors of the store. Unless a type says otherwise, what was asked for was not done. They keep their data across
/// silos and clients.
/// </summary>
[GenerateSerializer, Alias("Doozer.DoozerException")]
public abstract class DoozerException : Exception, IOperatorError
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">Stable name of the kind of error, for programs.</param>
    /// <param name="message">One sentence for people.</param>
    protected DoozerException(string code, string message)
        : base(message) => Code = code;

    /// <summary>Stable name of the kind of error, for programs, such as <c>revision-mismatch</c>.</summary>
    [Id(0)]
    public string Code { get; }
}

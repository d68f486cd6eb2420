namespace Doozer;

/// <summary>Only the system writes below <c>/ctl</c>.</summary>
[GenerateSerializer, Alias("Doozer.ReservedPathException")]
public sealed class ReservedPathException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path.</param>
    public ReservedPathException(string path)
        : base("reserved-path", $"The path '{path}' belongs to the system: nothing below /ctl can be written.")
    {
        Path = path;
    }

    /// <summary>The path.</summary>
    [Id(0)]
    public string Path { get; }
}

namespace Doozer.Client;

/// <summary>What was held is held no more, though the session is alive: somebody else deleted or replaced the file.</summary>
[GenerateSerializer, Alias("Doozer.Client.NotHeldException")]
public sealed class NotHeldException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The file that stood for it.</param>
    public NotHeldException(string path)
        : base("not-held", $"The file '{path}' is not held any more: somebody deleted or replaced it.") => Path = path;

    /// <summary>The file that stood for it.</summary>
    [Id(0)]
    public string Path { get; }
}

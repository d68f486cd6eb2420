namespace Doozer.Tests.EndToEnd;

/// <summary>A temporary directory, gone afterwards.</summary>
internal sealed class NodeFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("doozer-test-").FullName;

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

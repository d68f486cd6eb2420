namespace Doozer.Tests.Storage;

internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("doozer-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

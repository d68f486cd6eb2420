namespace Doozer.Tests.EndToEnd;

/// <summary>Where the <c>doozer</c> that belongs to this build of the tests is.</summary>
internal static class Executable
{
    /// <summary>artifacts/ENGINE/bin/Tests/CONFIGURATION/ is beside artifacts/ENGINE/bin/Silo/CONFIGURATION/.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar));
        string path = System.IO.Path.Combine(tests.Parent!.Parent!.FullName, "Silo", tests.Name, "doozer.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"Build the solution first: there is no {path}.");
    }
}

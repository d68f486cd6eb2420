namespace Doozer.Tests.EndToEnd;

/// <summary>Where the programs that belong to this build of the tests are.</summary>
internal static class Executable
{
    /// <summary>
    /// The node: the one that belongs to this build, or what <c>TEST_DOOZER</c> names, such as one that was compiled ahead of
    /// time.
    /// </summary>
    public static string Path { get; } = Environment.GetEnvironmentVariable("TEST_DOOZER") is { Length: > 0 } path
        ? path
        : Find("Silo", "doozer.dll");

    /// <summary>The program that the guide for clients begins with.</summary>
    public static string Hello { get; } = Find("Hello", "Doozer.Samples.Hello.dll");

    public static string Simulation { get; } = Find("Tests.Simulation", "Doozer.Orleans.Simulation.dll");

    /// <summary>
    /// artifacts/bin/Tests/CONFIGURATION/ is beside artifacts/bin/Silo/CONFIGURATION/. A copy beside this assembly
    /// lacks the libraries that only the program itself brings along.
    /// </summary>
    private static string Find(string project, string file)
    {
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar));
        string path = System.IO.Path.Combine(tests.Parent!.Parent!.FullName, project, tests.Name, file);
        return File.Exists(path) ? path : throw new FileNotFoundException($"Build the solution first: there is no {path}.");
    }
}

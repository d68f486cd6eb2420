using System.Runtime.CompilerServices;

namespace Doozer.Tests.Paxos.Traces;

/// <summary>
/// The protocol told as stories: each text file beside this one is a scenario with what the replicas do in it. With
/// <c>REWRITE_TRACES=1</c> the files are written anew; their difference is then for a reviewer.
/// </summary>
public sealed class TraceTests
{
    private static readonly bool Rewrites = Environment.GetEnvironmentVariable("REWRITE_TRACES") == "1";

    public static TheoryData<string> Names =>
        [.. new DirectoryInfo(Folder()).GetFiles("*.txt").Select(file => file.Name).Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_scenario_goes_as_its_trace_tells(string name)
    {
        string path = Path.Combine(Folder(), name);
        string told = File.ReadAllText(path);
        string happened = TraceRunner.Run(told);
        if (Rewrites)
            File.WriteAllText(path, happened);
        else if (happened != told)
            Assert.Fail($"{name} tells (-) what does not happen (+):\n{TraceDifference.Between(told, happened)}");
    }

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}

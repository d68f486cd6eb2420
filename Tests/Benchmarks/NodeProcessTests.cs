using System.Diagnostics;
using Doozer.Chaos.Nodes;

namespace Doozer.Tests.Benchmarks;

public sealed class NodeProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("doozer-test").FullName;

    [Fact]
    public async Task A_program_that_does_not_look_at_its_input_is_killed_when_that_ends()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, UseShellExecute = false };
        string log = Path.Combine(_folder, "log");
        foreach (string argument in (string[])["-c", NodeProcess.RunUntilEndOfInput, log, "sleep", "600"])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        try
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
            process.ExitCode.ShouldBe(128 + 9);
        }
        finally
        {
            process.Kill();
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

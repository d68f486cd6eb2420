using System.Diagnostics;
using System.Text;

namespace Doozer.Tests.EndToEnd;

/// <summary>A <c>doozer</c> process and what it prints.</summary>
internal sealed class DoozerProcess : IAsyncDisposable
{
    /// <summary>Only guards against a hang; nothing is measured by it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private DoozerProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, e) => Append(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_error, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Read(_output);

    public string Error => Read(_error);

    public static DoozerProcess Start(string directory, IEnumerable<string> arguments, string? through = null)
    {
        // The executable that the tests were built with; beside this assembly it would lack its own runtime configuration.
        string[] command = [.. through?.Split(' ') ?? [], "dotnet", Executable.Path, .. arguments];
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (string name in Environment.GetEnvironmentVariables()
            .Keys.Cast<string>()
            .Where(n => n.StartsWith("DOOZER_", StringComparison.Ordinal)))
        {
            start.Environment.Remove(name);
        }

        // It lives for seconds: compiling again what is called often would cost more than it brings.
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        return new DoozerProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CommandResult> Run(string directory, string input, params IEnumerable<string> arguments)
    {
        await using DoozerProcess process = Start(directory, arguments);
        await process._process.StandardInput.WriteAsync(input);
        process._process.StandardInput.Close();
        int exitCode = await process.WaitForExit();
        return new CommandResult(exitCode, process.Output, process.Error);
    }

    public async Task<int> WaitForExit()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException exception) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The process did not end. It said: {Output}{Error}", exception);
        }

        return _process.ExitCode;
    }

    /// <summary>SIGKILL: no code of the process runs any more.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await WaitForExit();
    }

    /// <summary>Ends its standard input, which is an order to stop for nodes started with that option.</summary>
    public Task<int> StopByInput()
    {
        _process.StandardInput.Close();
        return WaitForExit();
    }

    /// <summary>SIGTERM, as a supervisor does.</summary>
    public Task<int> Terminate() => Stop("TERM");

    /// <summary>A signal that is an order to stop, by its name.</summary>
    public Task<int> Stop(string signal)
    {
        Signal(signal);
        return WaitForExit();
    }

    /// <summary>SIGSTOP: no code of the process runs for a while.</summary>
    public void Pause() => Signal("STOP");

    public void Continue() => Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString()]);
        kill.WaitForExit();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
            text.Append(line).Append('\n');
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}

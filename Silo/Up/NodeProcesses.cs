using System.Diagnostics;
using Doozer.Silo.Commands;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Up;

/// <summary>
/// Runs the nodes as child processes. Each holds the other end of a pipe as its standard input and stops when that closes: on
/// our order, and also when this process is killed.
/// </summary>
internal sealed class NodeProcesses(LocalCluster cluster, CommandConsole console)
{
    /// <summary>A bit over what a node gives itself to stop.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan LastLinesTime = TimeSpan.FromSeconds(1);

    // Whoever reads it may stop, and the nodes must go on, and stop when they are told to.
    private readonly LineOutput _output = new(
        text => console.Output.Write(System.Text.Encoding.UTF8.GetBytes(text)), "standard output");

    /// <summary>Which nodes have said that they serve.</summary>
    private readonly bool[] _serves = new bool[cluster.Nodes];

    private ProgressLine? _progress;

    public async Task<int> Run(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var signals = new StopSignals(stop.Cancel);
        using CancellationTokenRegistration told = stop.Token.Register(
            () => _output.WriteLine($"up | stops {cluster.Nodes} nodes; Ctrl-C once more ends them at once"));

        using var progress = new ProgressLine(
            console, () => $"{_serves.Count(each => each)} of {cluster.Nodes} nodes serve", TimeProvider.System);
        _progress = progress;
        Task<int>[] running = [.. cluster.Arguments().Select((arguments, index) => RunNode(index, arguments, stop.Token))];
        int[] statuses = await Task.WhenAll(running);
        if (stop.IsCancellationRequested)
            _output.WriteLine("up | all nodes have stopped");
        await _output.Flush(LastLinesTime, TimeProvider.System);
        return stop.IsCancellationRequested || Array.TrueForAll(statuses, status => status == 0)
            ? ExitCode.Done
            : ExitCode.Failure;
    }

    private async Task<int> RunNode(int index, string[] arguments, CancellationToken stop)
    {
        string id = LocalCluster.Id(index);
        using Process process = Process.Start(StartInfo(arguments))
            ?? throw new CommandFailure($"The process of {id} could not be started.");
        Print(id, $"runs as process {process.Id}");
        Task output = Copy(id, process.StandardOutput, line => NoteIfServes(index, line));
        Task errors = Copy(id, process.StandardError, static _ => { });
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            process.StandardInput.Close();
            await WaitOrKill(process);
        }

        await Task.WhenAll(output, errors);
        _progress?.Dispose();
        if (!stop.IsCancellationRequested)
            Print(id, $"stopped with exit status {process.ExitCode}; the other nodes go on");
        return process.ExitCode;
    }

    private static async Task WaitOrKill(Process process)
    {
        using var patience = new CancellationTokenSource(StopTime, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static ProcessStartInfo StartInfo(string[] arguments)
    {
        IReadOnlyList<string> command = OwnProcess.Command;
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    private async Task Copy(string id, StreamReader lines, Action<string> note)
    {
        while (await lines.ReadLineAsync(CancellationToken.None) is { } line)
        {
            note(line);
            Print(id, line);
        }
    }

    // Once all do, nothing is waited for any more.
    private void NoteIfServes(int index, string line)
    {
        // It may be in JSON.
        if (!line.AsSpan().TrimEnd("\"}").EndsWith(Server.Serves, StringComparison.Ordinal))
            return;
        _serves[index] = true;
        if (Array.TrueForAll(_serves, each => each))
            _progress?.Dispose();
    }

    private void Print(string id, string line)
    {
        _progress?.Hide();
        _output.WriteLine($"{id} | {line}");
    }
}

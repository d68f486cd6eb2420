using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Doozer.Chaos.Nodes;

/// <summary>One node: its process, which comes and goes, and the file with all that it ever said.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="command">The program and its arguments.</param>
/// <param name="logFile">Where its output is added.</param>
/// <param name="stopsAtEndOfInput">Whether the program ends with its input; one that does not is killed then.</param>
internal sealed partial class NodeProcess(
    string name, IReadOnlyList<string> command, string logFile, bool stopsAtEndOfInput = true) : IDisposable
{
    // The shell that waits for the end of the input is a child of the node: while it still is, the process id is the node's.
    internal const string RunUntilEndOfInput = """
        exec 3<&0
        (cat <&3; read -r _ _ _ parent _ </proc/self/stat; [ "$parent" = $$ ] && kill -KILL $$) >/dev/null 2>&1 &
        exec "$@" </dev/null 3<&- >>"$0" 2>&1
        """;

    // The node writes its log itself, so that nothing of it is lost when this process ends; and it must end when this one does,
    // however that ends, which closes its input.
    private const string Run = "exec \"$@\" >>\"$0\" 2>&1";

    internal const int Sigcont = 18;
    internal const int Sigstop = 19;

    private const int Sigkill = 9;
    private const int Sigterm = 15;

    /// <summary>Over what a node gives itself to stop.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private Process? _process;
    private bool _mayEnd = true;

    public string Name => name;

    public string LogFile => logFile;

    /// <summary>The id of the process; null when none runs.</summary>
    public int? Id
    {
        get
        {
            lock (_lock)
                return _process is { HasExited: false } process ? process.Id : null;
        }
    }

    /// <summary>Why the process ended though nobody had asked it to; null if it has not.</summary>
    public string? Fault
    {
        get
        {
            lock (_lock)
            {
                return !_mayEnd && _process is { HasExited: true } ended
                    ? $"{name} ended by itself with exit status {ended.ExitCode}"
                    : null;
            }
        }
    }

    /// <summary>With which status the process ended; null while it runs, and before.</summary>
    public int? ExitStatus
    {
        get
        {
            lock (_lock)
                return _process is { HasExited: true } ended ? ended.ExitCode : null;
        }
    }

    /// <summary>Starts the process unless it runs.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_process is { HasExited: false } || Fault is not null)
                return;
            _process?.Dispose();
            var start = new ProcessStartInfo("/bin/sh")
            {
                RedirectStandardInput = true,
                UseShellExecute = false,
                WorkingDirectory = Path.GetDirectoryName(logFile),
            };
            foreach (string argument in (string[])["-c", stopsAtEndOfInput ? Run : RunUntilEndOfInput, logFile, .. command])
                start.ArgumentList.Add(argument);
            foreach (string? variable in start.Environment.Keys.Where(key => key.StartsWith("DOOZER_", StringComparison.Ordinal))
                .ToList())
            {
                start.Environment.Remove(variable);
            }

            _process = Process.Start(start)!;
            _mayEnd = false;
        }
    }

    /// <summary>No code of the process runs any more.</summary>
    public async Task Kill()
    {
        if (Signal(Sigkill, mayEnd: true) is { } process)
            await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Stops the process as a supervisor does.</summary>
    /// <returns>False when it did not stop, and had to be killed.</returns>
    public async Task<bool> Terminate(CancellationToken cancellation)
    {
        if (Signal(Sigterm, mayEnd: true) is not { } process)
            return true;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(StopTime);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            await Kill();
            return cancellation.IsCancellationRequested;
        }
    }

    /// <summary>It is no fault any more when the process ends by itself.</summary>
    public void LetEnd()
    {
        lock (_lock)
            _mayEnd = true;
    }

    public void Pause() => _ = Signal(Sigstop);

    public void Continue() => _ = Signal(Sigcont);

    public void Dispose()
    {
        lock (_lock)
        {
            if (Signal(Sigkill, mayEnd: true) is { } process)
                process.WaitForExit();
            _process?.Dispose();
            _process = null;
        }
    }

    private Process? Signal(int signal, bool mayEnd = false)
    {
        lock (_lock)
        {
            if (_process is not { HasExited: false } process)
                return null;
            _mayEnd |= mayEnd;
            Signal(process.Id, signal);
            return process;
        }
    }

    internal static void Signal(int process, int signal) => _ = Kill(process, signal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Doozer.Silo.Commands;

/// <summary>
/// Signals to a command that runs another: they go on to that one. Before it runs, the first asks to stop; the next, or one after
/// it has ended, ends this process as usual.
/// </summary>
internal sealed partial class PassedSignals : IDisposable
{
    private const int Terminated = 15;

    private static readonly Dictionary<PosixSignal, int> Numbers = new()
    {
        [PosixSignal.SIGHUP] = 1,
        [PosixSignal.SIGINT] = 2,
        [PosixSignal.SIGQUIT] = 3,
        [PosixSignal.SIGTERM] = Terminated,
    };

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop;
    private readonly PosixSignalRegistration[] _registrations;
    private Process? _process;
    private bool _isOver;

    /// <param name="cancellation">Asks to stop, too.</param>
    public PassedSignals(CancellationToken cancellation)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _registrations = [.. Numbers.Keys.Select(signal => PosixSignalRegistration.Create(signal, Heed))];
    }

    /// <summary>Is cancelled by a signal that came before there was a process to pass it to.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>The number of that signal, or 0.</summary>
    public int Received { get; private set; }

    /// <summary>Passes signals on to a process, also one that came before.</summary>
    /// <param name="process">The process.</param>
    public void PassTo(Process process)
    {
        lock (_gate)
        {
            _process = process;
            if (Received != 0)
                Send(process, Received);
        }
    }

    /// <summary>Leaves signals to the system from now on.</summary>
    public void End()
    {
        lock (_gate)
            (_process, _isOver) = (null, true);
    }

    /// <summary>Asks a process to end.</summary>
    public static void Terminate(Process process) => Send(process, Terminated);

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    internal void Heed(PosixSignalContext context)
    {
        lock (_gate)
        {
            if (_isOver || (_process is null && Received != 0))
                return;
            context.Cancel = true;
            if (_process is not null)
            {
                // What is typed at a terminal goes to all that runs there, and must not come twice.
                if (context.Signal is not (PosixSignal.SIGINT or PosixSignal.SIGQUIT) || !IsAtTerminal())
                    Send(_process, Numbers[context.Signal]);
                return;
            }

            Received = Numbers[context.Signal];
        }

        _stop.Cancel();
    }

    private static void Send(Process process, int signal)
    {
        if (process.HasExited)
            return;
        if (OperatingSystem.IsWindows())
            process.Kill();
        else
            _ = Kill(process.Id, signal);
    }

    /// <summary>Whether this process is in the foreground of its terminal.</summary>
    private static bool IsAtTerminal()
    {
        if (OperatingSystem.IsWindows())
            return false;
        int group = GetProcessGroup();
        for (int descriptor = 0; descriptor <= 2; descriptor++)
        {
            if (GetForegroundGroup(descriptor) == group)
                return true;
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int GetProcessGroup();

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int GetForegroundGroup(int descriptor);
}

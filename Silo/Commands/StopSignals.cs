using System.Runtime.InteropServices;

namespace Doozer.Silo.Commands;

/// <summary>
/// What Ctrl-C, SIGTERM and SIGHUP (of a terminal that is closed) do: the first asks to stop, and a Ctrl-C after it ends the
/// process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly Action _stop;
    private readonly PosixSignalRegistration[] _signals;
    private int _told;

    public StopSignals(Action stop)
    {
        _stop = stop;
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Heed),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Heed),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Heed),
        ];
    }

    /// <summary>Ends the process. A node survives it as it does a crash.</summary>
    internal Action End { get; init; } = static () => Environment.Exit(ExitCode.Failure);

    internal void Heed(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Exchange(ref _told, 1) == 0)
            _stop();
        else if (context.Signal == PosixSignal.SIGINT)
            End();
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
    }
}

using Doozer.Storage;

namespace Doozer.Simulation;

/// <summary>Takes a log's steps by the virtual clock: flushes take the time that the disk takes.</summary>
internal sealed class SimulationLogRunner(SimulationProcess process, SimulationDisk disk, Random random) : ILogRunner
{
    private Func<LogStep>? _step;
    private bool _runs;

    public void Start(Func<LogStep> step) => _step = step;

    public void Wake()
    {
        if (_runs)
            return;
        _runs = true;
        process.After(random.Next(50), Step);
    }

    private void Step()
    {
        switch (_step!())
        {
            case LogStep.Wrote:
                process.After(random.Next(disk.MinSync, disk.MaxSync + 1), Step);
                break;
            case LogStep.Flushed:
                process.After(0, Step);
                break;
            case LogStep.Idle:
                _runs = false;
                break;
        }
    }
}

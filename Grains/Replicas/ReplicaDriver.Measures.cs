namespace Doozer.Replicas;

/// <summary>What a replica tells of itself to whoever measures it.</summary>
internal sealed partial class ReplicaDriver
{
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromSeconds(1);

    private readonly ReplicaMeter _meter;
    private readonly BatchTrace _trace;
    private int _ticksToReading;

    /// <summary>What it has counted. Any thread.</summary>
    public ReplicaMeter Meter => _meter;

    /// <summary>How it was within the last second; null while nobody listens. Any thread.</summary>
    public ReplicaReading? Reading { get; private set; }

    private void TakeReading()
    {
        if (!ReplicaMeter.IsOn)
        {
            Reading = null;
        }
        else if (IsQuiet || --_ticksToReading <= 0)
        {
            _ticksToReading = (int)(BetweenReadings / _options.TickInterval);
            Reading = new ReplicaReading(Status(), _core.InFlight, Tree.Sessions.All.Count);
        }
    }
}

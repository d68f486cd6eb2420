namespace Doozer.Tests.Silo;

/// <summary>Knows the last who subscribed.</summary>
internal sealed class RecordedLifecycle : ISiloLifecycle
{
    public ILifecycleObserver? Observer { get; private set; }

    public int Stage { get; private set; }

    public int HighestCompletedStage => 0;

    public int LowestStoppedStage => 0;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        (Observer, Stage) = (observer, stage);
        return Stream.Null;
    }
}

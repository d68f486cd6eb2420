using OpenTelemetry.Trace;

namespace Doozer.Silo.Telemetry;

/// <summary>
/// Begins so many traces a second at most: under little load every request is traced, and under much a few of them show as well
/// how it goes. To record and send each would cost a node a good part of what it does besides.
/// </summary>
/// <param name="perSecond">Most traces that begin within a second.</param>
/// <param name="time">The clock.</param>
internal sealed class RateLimitingSampler(int perSecond, TimeProvider time) : Sampler
{
    private readonly Lock _lock = new();
    private long _since = time.GetTimestamp();
    private int _begun;

    /// <summary>Whether another trace may begin now.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                if (time.GetElapsedTime(_since) >= TimeSpan.FromSeconds(1))
                    (_since, _begun) = (time.GetTimestamp(), 0);
                return _begun < perSecond;
            }
        }
    }

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        lock (_lock)
        {
            if (!HasRoom)
                return new SamplingResult(SamplingDecision.Drop);
            _begun++;
            return new SamplingResult(SamplingDecision.RecordAndSample);
        }
    }
}

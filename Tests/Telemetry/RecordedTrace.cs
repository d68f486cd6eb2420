using System.Diagnostics;

namespace Doozer.Tests.Telemetry;

/// <summary>Records the spans of one trace, and of no other.</summary>
internal sealed class RecordedTrace : IDisposable
{
    private readonly ActivityTraceId _id = ActivityTraceId.CreateRandom();
    private readonly ActivitySpanId _root = ActivitySpanId.CreateRandom();
    private readonly Lock _lock = new();
    private readonly List<Activity> _spans = [];
    private readonly List<Activity> _begun = [];
    private readonly ActivityListener _listener;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RecordedTrace()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is DoozerTelemetry.Name or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.TraceId == _id ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStarted = Begun,
            ActivityStopped = Ended,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>What a client sends over HTTP to go on with the trace.</summary>
    public string Parent => $"00-{_id}-{_root}-01";

    /// <summary>Those that have ended.</summary>
    public Activity[] Spans
    {
        get
        {
            lock (_lock)
                return [.. _spans];
        }
    }

    /// <summary>Begins a span of the trace, which is not recorded itself.</summary>
    public Activity Begin() => new Activity("test").SetParentId(_id, _root, ActivityTraceFlags.Recorded).Start();

    /// <summary>The names on the way to a span, from the first that was recorded on.</summary>
    public string PathOf(Activity span)
    {
        Activity? parent;
        lock (_lock)
            parent = _begun.Find(other => other.SpanId == span.ParentSpanId);
        return parent is null ? span.OperationName : $"{PathOf(parent)} {span.OperationName}";
    }

    /// <summary>Completes when so many spans of a name have ended; gives them.</summary>
    public async Task<Activity[]> Ended(string name, int count)
    {
        while (true)
        {
            Task more = Volatile.Read(ref _more).Task;
            Activity[] found = Array.FindAll(Spans, span => span.OperationName == name);
            if (found.Length >= count)
                return found;
            await more.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Begun(Activity span)
    {
        if (span.TraceId != _id)
            return;
        lock (_lock)
            _begun.Add(span);
    }

    private void Ended(Activity span)
    {
        if (span.TraceId != _id)
            return;
        lock (_lock)
            _spans.Add(span);
        Interlocked.Exchange(ref _more, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace Doozer;

/// <summary>
/// The spans of traces, and how a trace crosses calls of grains: by the entries of <see cref="RequestContext"/> that Orleans' own
/// <c>AddActivityPropagation</c> uses as well. All of it costs next to nothing while nobody listens.
/// </summary>
internal static class Tracing
{
    /// <summary>Name of a namespace, as a tag of metrics and spans.</summary>
    public const string Namespace = "doozer.namespace";

    /// <summary>What was asked for, such as <c>set</c>.</summary>
    public const string Operation = "doozer.operation";

    /// <summary><see cref="Done"/>, or the code of an error.</summary>
    public const string Outcome = "doozer.outcome";

    /// <summary>The node that a span is of.</summary>
    public const string Node = "doozer.node";

    /// <summary>How many commands a span is for.</summary>
    public const string Commands = "doozer.commands";

    /// <summary>How many requests share a call, and the name of what is done for them.</summary>
    public const string Requests = "doozer.requests";

    /// <summary>The outcome of what was done.</summary>
    public const string Done = "ok";

    /// <summary>A span has no more links than this: with more requests in a batch, some of them do not lead to it.</summary>
    public const int MaxLinks = 32;

    public static readonly ActivitySource Source = new(DoozerTelemetry.Name);

    private static readonly ConcurrentDictionary<string, string> Names = new(StringComparer.Ordinal);

    private const string Parent = "traceparent";
    private const string State = "tracestate";

    /// <summary>
    /// Whether a request that belongs to no trace may begin one; null if whoever listens is to be asked each time. To ask takes a
    /// span, also when the answer is no.
    /// </summary>
    public static Func<bool>? MayBegin { get; set; }

    /// <summary>The span under way in this flow, if its trace is recorded.</summary>
    public static Activity? Current =>
        Source.HasListeners() && Activity.Current is { Recorded: true } current ? current : null;

    /// <summary>The span that the call of a grain under way belongs to; none if it belongs to none.</summary>
    public static ActivityContext Caller
    {
        get
        {
            if (!Source.HasListeners())
                return default;
            if (Activity.Current is { } current)
                return current.Context;
            string? parent = RequestContext.Get(Parent) as string;
            string? state = RequestContext.Get(State) as string;
            return ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext caller) ? caller : default;
        }
    }

    /// <summary>Begins a span for a request, in its caller's trace or in a new one.</summary>
    /// <param name="operation">What is asked for.</param>
    /// <param name="kind">Whether it is asked or answered here.</param>
    /// <param name="namespace">Where, if it is to be told.</param>
    public static Activity? Begin(string operation, ActivityKind kind, string? @namespace = null)
    {
        if (!Source.HasListeners())
            return null;
        ActivityContext caller = Caller;
        if (caller == default && MayBegin is { } mayBegin && !mayBegin())
            return null;
        Activity? span = Source.StartActivity(NameOf(operation), kind, caller);
        if (@namespace is not null)
            span?.SetTag(Namespace, @namespace);
        return span;
    }

    // Not made anew for each request.
    private static string NameOf(string operation) => Names.GetOrAdd(operation, static operation => "doozer." + operation);

    /// <summary>
    /// Begins a span for what is done for all of these together. It is part of the first one's trace, and is linked with the
    /// others.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="causes">Of traces that are recorded.</param>
    /// <param name="kind">Whether something is asked by it.</param>
    public static Activity? Join(
        string name, IReadOnlyList<ActivityContext> causes, ActivityKind kind = ActivityKind.Internal)
    {
        if (causes.Count == 0)
            return null;
        IEnumerable<ActivityLink>? links = causes.Count == 1
            ? null
            : causes.Skip(1).Take(MaxLinks).Select(static cause => new ActivityLink(cause));
        return Source.StartActivity(name, kind, causes[0], links: links);
    }

    /// <summary>As the other, for spans of this process: each of the others gets a link to what is done, too.</summary>
    public static Activity? Join(string name, List<Activity> causes, ActivityKind kind = ActivityKind.Internal)
    {
        Activity? joint = Join(name, causes.ConvertAll(static cause => cause.Context), kind);
        for (int i = 1; joint is not null && i < causes.Count; i++)
            causes[i].AddLink(new ActivityLink(joint.Context));
        return joint;
    }

    /// <summary>Begins a span for what is done for one, in its trace, if that is recorded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cause">What it is done for.</param>
    public static Activity? Join(string name, ActivityContext cause) => IsRecorded(cause) ? Join(name, [cause]) : null;

    /// <summary>Whether a trace is recorded.</summary>
    public static bool IsRecorded(ActivityContext span) => span.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);

    /// <summary>Says what came of a request, unless it was done.</summary>
    public static void SetOutcome(this Activity span, string outcome)
    {
        if (outcome != Done)
            span.SetTag(Outcome, outcome).SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>The outcome of a request that failed.</summary>
    public static string OutcomeOf(Exception failure) => failure switch
    {
        DoozerException known => known.Code,
        OperationCanceledException => "cancelled",
        _ => "failed",
    };

    /// <summary>Whether an entry of <see cref="RequestContext"/> says no more than to which trace the flow belongs.</summary>
    public static bool IsOfTrace(string key) => key is Parent or State;

    /// <summary>The calls of grains that follow in this flow belong to the span that is under way in it.</summary>
    public static void Propagate()
    {
        if (!Source.HasListeners() || Activity.Current is not { IdFormat: ActivityIdFormat.W3C, Id: { } id } current)
            return;
        RequestContext.Set(Parent, id);
        if (current.TraceStateString is { } state)
            RequestContext.Set(State, state);
    }

    /// <summary>
    /// What follows in this flow is done for many requests. Without this it would be taken for the business of the one that
    /// happened to begin it, and of that one's trace, for ever.
    /// </summary>
    public static void Forget()
    {
        if (Activity.Current is not null)
            Activity.Current = null;
        RequestContext.Clear();
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Threading.Channels;
using Doozer.Namespaces;

namespace Doozer.Tests.Client;

/// <summary>
/// A namespace grain whose every call the test answers by hand. A proxy rather than a class: Orleans would take a class that
/// implements the interface for a second kind of namespace grain.
/// </summary>
[SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives the proxy from this class.")]
internal class ScriptedGrain : DispatchProxy
{
    private readonly Channel<GrainCall> _calls = Channel.CreateUnbounded<GrainCall>();

    public static (INamespaceGrain Grain, ScriptedGrain Script) Create() => Create<INamespaceGrain>();

    public static (T Grain, ScriptedGrain Script) Create<T>()
        where T : class
    {
        T grain = Create<T, ScriptedGrain>();
        return (grain, (ScriptedGrain)(object)grain);
    }

    /// <summary>The next call that the client makes.</summary>
    public async Task<GrainCall> NextAsync(string method)
    {
        GrainCall call = await _calls.Reader.ReadAsync(TestContext.Current.CancellationToken);
        call.Method.ShouldBe(method);
        return call;
    }

    /// <summary>Whether the client has made a call that the test has not taken.</summary>
    public bool HasMore => _calls.Reader.Count != 0;

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var call = GrainCall.Of(targetMethod!, args!);
        _calls.Writer.TryWrite(call);
        return call.Task;
    }
}

internal abstract class GrainCall
{
    public required string Method { get; init; }

    public required object?[] Arguments { get; init; }

    public abstract Task Task { get; }

    /// <summary>The span that it belongs to.</summary>
    public string? TraceParent { get; } = RequestContext.Get("traceparent") as string;

    /// <summary>The request id of a write.</summary>
    public Guid RequestId => Arguments.OfType<Guid>().Single();

    /// <summary>The floor of a write, which follows its request id.</summary>
    public long? Floor => (long?)Arguments[Array.FindIndex(Arguments, argument => argument is Guid) + 1];

    public T Argument<T>(int index) => (T)Arguments[index]!;

    public abstract void Answer(object result);

    public abstract void Fail(Exception error);

    public static GrainCall Of(MethodInfo method, object?[] arguments) => method.Name switch
    {
        "Get" => new Typed<FileContent> { Method = method.Name, Arguments = arguments },
        "GetDir" => new Typed<DirectoryPage> { Method = method.Name, Arguments = arguments },
        "Walk" => new Typed<WalkPage> { Method = method.Name, Arguments = arguments },
        "Wait" => new Typed<WaitResult> { Method = method.Name, Arguments = arguments },
        "Set" or "Del" or "Nop" or "Rev" or "Create" or "Delete" =>
            new Typed<long> { Method = method.Name, Arguments = arguments },
        "Answer" => new Typed<FileAnswer[]> { Method = method.Name, Arguments = arguments },
        _ => throw new NotSupportedException(method.Name),
    };

    private sealed class Typed<T> : GrainCall
    {
        // The client goes on inside Answer and Fail, so that it has armed its next timer when they return.
        private readonly TaskCompletionSource<T> _answer = new();

        public override Task Task => _answer.Task;

        public override void Answer(object result) => _answer.SetResult((T)result);

        public override void Fail(Exception error) => _answer.SetException(error);
    }
}

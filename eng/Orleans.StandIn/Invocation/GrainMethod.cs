using System.Linq.Expressions;
using System.Reflection;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Invocation;

/// <summary>A method of a grain interface: how it is named on the wire, what its attributes say, and how it is invoked.</summary>
internal abstract class GrainMethod
{
    protected GrainMethod(MethodInfo method, uint interfaceId)
    {
        Method = method;
        InterfaceId = interfaceId;
        Id = StableHash.Compute(method.GetCustomAttribute<AliasAttribute>()?.Alias ?? Signature(method));
        Timeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        IsOneWay = method.IsDefined(typeof(OneWayAttribute));
        Interleaves = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        IsReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        var parameters = method.GetParameters();
        ArgumentTypes = Array.ConvertAll(parameters, parameter => parameter.ParameterType);
        RequestType = Request.TypeFor(ArgumentTypes);
        TokenIndex = Array.IndexOf(ArgumentTypes, typeof(CancellationToken));
        for (var i = 0; i < parameters.Length; i++)
        {
            SharedArguments |= parameters[i].IsDefined(typeof(ImmutableAttribute), inherit: false) ? 1u << i : 0;
        }
    }

    public MethodInfo Method { get; }

    public uint InterfaceId { get; }

    public uint Id { get; }

    public TimeSpan? Timeout { get; }

    public bool IsOneWay { get; }

    public bool Interleaves { get; }

    public bool IsReadOnly { get; }

    public uint SharedArguments { get; }

    public Type[] ArgumentTypes { get; }

    public Type RequestType { get; }

    /// <summary>Which argument is a cancellation token; -1 for none.</summary>
    public int TokenIndex { get; }

    public abstract Request CreateRequest();

    public abstract CancellationToken GetToken(Request request);

    public abstract void SetToken(Request request, CancellationToken token);

    /// <summary>Calls the method on the target and sends its result, or its exception, to where the call came from.</summary>
    public abstract void Execute(IncomingCall call, object target);

    public static GrainMethod Create(MethodInfo method, uint interfaceId)
    {
        var result = ResultType(method)
            ?? throw new NotSupportedException($"{method.DeclaringType}.{method.Name} must return Task, ValueTask, Task<T> or ValueTask<T>.");
        return (GrainMethod)Activator.CreateInstance(typeof(GrainMethod<>).MakeGenericType(result), method, interfaceId)!;
    }

    public override string ToString() => $"{Method.DeclaringType!.Name}.{Method.Name}";

    private static Type? ResultType(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type == typeof(Task) || type == typeof(ValueTask))
        {
            return typeof(Void);
        }

        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return definition == typeof(Task<>) || definition == typeof(ValueTask<>) ? type.GetGenericArguments()[0] : null;
    }

    private static string Signature(MethodInfo method)
        => $"{method.Name}({string.Join(",", method.GetParameters().Select(parameter => parameter.ParameterType.ToString()))})";
}

internal sealed class GrainMethod<TResult> : GrainMethod
{
    private readonly Lazy<Func<object, Request, ValueTask<TResult>>> _invoke;
    private readonly Lazy<Func<Request>> _create;
    private readonly Lazy<(Func<Request, CancellationToken> Get, Action<Request, CancellationToken> Set)> _token;

    public GrainMethod(MethodInfo method, uint interfaceId)
        : base(method, interfaceId)
    {
        _invoke = new(CompileInvoke);
        _create = new(() => Expression.Lambda<Func<Request>>(Expression.New(RequestType)).Compile());
        _token = new(CompileToken);
    }

    public override Request CreateRequest() => _create.Value();

    public override CancellationToken GetToken(Request request) => TokenIndex < 0 ? default : _token.Value.Get(request);

    public override void SetToken(Request request, CancellationToken token) => _token.Value.Set(request, token);

    public override void Execute(IncomingCall call, object target)
    {
        ValueTask<TResult> task;
        try
        {
            task = _invoke.Value(target, call.Request);
        }
        catch (Exception e)
        {
            call.Fail(e);
            return;
        }

        if (task.IsCompletedSuccessfully)
        {
            call.Reply(task.Result);
        }
        else
        {
            _ = AwaitAndReply(call, task);
        }
    }

    private static async Task AwaitAndReply(IncomingCall call, ValueTask<TResult> task)
    {
        TResult result;
        try
        {
            result = await task;
        }
        catch (Exception e)
        {
            call.Fail(e);
            return;
        }

        call.Reply(result);
    }

    private Func<object, Request, ValueTask<TResult>> CompileInvoke()
    {
        var target = Expression.Parameter(typeof(object));
        var request = Expression.Parameter(typeof(Request));
        var typed = Expression.Convert(request, RequestType);
        var arguments = ArgumentTypes.Select((_, i) => Expression.Field(typed, $"A{i + 1}"));
        Expression call = Expression.Call(Expression.Convert(target, Method.DeclaringType!), Method, arguments);
        if (call.Type == typeof(Task) || call.Type == typeof(ValueTask))
        {
            call = Expression.Call(typeof(VoidResult), nameof(VoidResult.Of), null, call);
        }
        else if (call.Type == typeof(Task<TResult>))
        {
            call = Expression.New(typeof(ValueTask<TResult>).GetConstructor([typeof(Task<TResult>)])!, call);
        }

        return Expression.Lambda<Func<object, Request, ValueTask<TResult>>>(call, target, request).Compile();
    }

    private (Func<Request, CancellationToken> Get, Action<Request, CancellationToken> Set) CompileToken()
    {
        var request = Expression.Parameter(typeof(Request));
        var token = Expression.Parameter(typeof(CancellationToken));
        var field = Expression.Field(Expression.Convert(request, RequestType), $"A{TokenIndex + 1}");
        return (Expression.Lambda<Func<Request, CancellationToken>>(field, request).Compile(),
            Expression.Lambda<Action<Request, CancellationToken>>(Expression.Assign(field, token), request, token).Compile());
    }
}

internal static class VoidResult
{
    public static readonly Task<Void> Completed = Task.FromResult(default(Void));

    public static ValueTask<Void> Of(ValueTask task) => task.IsCompletedSuccessfully ? default : Await(task.AsTask());

    public static ValueTask<Void> Of(Task task) => task.IsCompletedSuccessfully ? default : Await(task);

    private static async ValueTask<Void> Await(Task task)
    {
        await task;
        return default;
    }
}

namespace Doozer.Benchmarks.Loads;

/// <summary>An operation that a system did not do.</summary>
/// <param name="code">What errors are counted by.</param>
internal sealed class LoadException(string code) : Exception(code)
{
    /// <summary>A few words for any error.</summary>
    public static string CodeOf(Exception exception) => exception switch
    {
        LoadException => exception.Message,
        DoozerException doozer => doozer.Code,
        Grpc.Core.RpcException grpc => $"grpc-{grpc.StatusCode}",
        HttpRequestException http => $"http-{http.HttpRequestError}",
        OperationCanceledException or TimeoutException => "timeout",
        _ => exception.GetType().Name,
    };
}

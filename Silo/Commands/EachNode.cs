using System.Text.Json.Serialization.Metadata;
using Doozer.Silo.Http;
using Doozer.Silo.Viewer;

namespace Doozer.Silo.Commands;

/// <summary>Asks every node of a cluster, all at once and each at its own address.</summary>
internal static class EachNode
{
    /// <summary>A node that takes longer is of no use to anybody else either.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Who is in the cluster, as the first node says that answers.</summary>
    /// <exception cref="CommandFailure">None does: that is something wrong.</exception>
    public static async Task<NodeLocation[]> Of(StoreCommand.Context context)
    {
        try
        {
            OverviewResult cluster = await context.Store.Read(
                "/", DoozerJson.Default.OverviewResult, null, context.Cancellation);
            return cluster.Nodes;
        }
        catch (StoreUnavailable failure)
        {
            throw new CommandFailure(failure.Message, ExitCode.Unhealthy);
        }
    }

    /// <summary>Asks all of them.</summary>
    /// <param name="nodes">Whom.</param>
    /// <param name="ask">What is asked.</param>
    /// <param name="failed">What is known when a node does not answer, or says that it cannot, and why.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<T[]> Ask<T>(
        IEnumerable<NodeLocation> nodes,
        Func<Asked, Task<T>> ask,
        Func<NodeLocation, string, T> failed,
        CancellationToken cancellation)
    {
        using HttpClient http = StoreRequest.Client();
        return await Task.WhenAll(nodes.Select(node => AskOne(new Asked(http, node), ask, failed, cancellation)));
    }

    private static async Task<T> AskOne<T>(
        Asked node, Func<Asked, Task<T>> ask, Func<NodeLocation, string, T> failed, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            return await ask(node with { Cancellation = patience.Token });
        }
        catch (HttpRequestException exception)
        {
            return failed(node.Location, StoreRequest.Reason(exception).TrimEnd('.'));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return failed(node.Location, "does not answer in time");
        }
        catch (CommandFailure failure)
        {
            return failed(node.Location, failure.Message.TrimEnd('.'));
        }
    }

    /// <summary>A node that is asked.</summary>
    internal sealed record Asked(HttpClient Http, NodeLocation Location)
    {
        public CancellationToken Cancellation { get; init; }

        public Task<HttpResponseMessage> Get(string path) => Http.GetAsync(new Uri(Location.Http + path), Cancellation);

        /// <exception cref="CommandFailure">It says that it cannot, or is no node.</exception>
        public async Task<T> Read<T>(string path, JsonTypeInfo<T> type)
        {
            using HttpResponseMessage response = await Get(path);
            return response.IsSuccessStatusCode
                ? await StoreRequest.ReadJson(response, new Uri(Location.Http), type, Cancellation)
                : throw new CommandFailure(await Fault(response));
        }

        /// <summary>What an answer says that is none of success.</summary>
        public async Task<string> Fault(HttpResponseMessage response)
        {
            Problem? problem = await StoreRequest.ReadProblem(response, new Uri(Location.Http), Cancellation);
            return problem?.Detail ?? $"answered {(int)response.StatusCode} {response.ReasonPhrase}";
        }
    }
}

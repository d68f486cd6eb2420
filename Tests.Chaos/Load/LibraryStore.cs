using Doozer.Client;
using Doozer.Client.Clustering;
using Doozer.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Doozer.Chaos.Load;

/// <summary>The store through the client library, which chooses gateways and tries again by itself.</summary>
internal sealed class LibraryStore : IStore, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly IDoozerClient _client;

    private LibraryStore(IHost host)
    {
        _host = host;
        _client = host.Services.GetRequiredService<IDoozerClient>();
    }

    /// <summary>Connects to a cluster that serves.</summary>
    /// <param name="nodes">HTTP addresses of its nodes.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<LibraryStore> Connect(IEnumerable<Uri> nodes, CancellationToken cancellation)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("doozer", "doozer"))
            .UseQuorumClustering([.. nodes.Select(node => node.ToString())]));
        builder.Services.AddDoozerClient();
        IHost host = builder.Build();
        await host.StartAsync(cancellation);
        return new LibraryStore(host);
    }

    /// <summary>A namespace, as applications have it.</summary>
    public IDoozerNamespace Namespace(string name) => _client.Namespace(name);

    /// <summary>Makes a namespace.</summary>
    public Task Create(string name, CancellationToken cancellation) =>
        _client.CreateNamespaceAsync(name, cancellationToken: cancellation);

    public async Task<Attempt> Try(Operation operation, Guid request, int node, CancellationToken cancellation)
    {
        try
        {
            return new Attempt(Verdict.Done, "done", await Do(operation, request, cancellation));
        }
        catch (DoozerException exception)
        {
            return Of(operation, exception);
        }
        catch (OperationCanceledException)
        {
            return new Attempt(Verdict.Unknown, "no answer in time");
        }
        catch (Exception exception)
        {
            // Whatever Orleans says of its connections, the call may have arrived.
            return new Attempt(Verdict.Unknown, exception.GetType().Name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    /// <summary>What an error of the library tells of the operation.</summary>
    internal static Attempt Of(Operation operation, DoozerException exception)
    {
        Verdict verdict = exception switch
        {
            RevisionMismatchException or NotFoundException or IsDirectoryException or NotDirectoryException
                or TooLateException => Verdict.Refused,
            NoQuorumException or NodeUnavailableException or OverloadedException => Verdict.NotDone,
            _ => Verdict.Unknown,
        };
        Operation? learned = verdict == Verdict.Refused
            ? operation with
            {
                Outcome = OperationOutcome.Failed,
                Revision = exception is RevisionMismatchException mismatch ? mismatch.Current : 0,
                Absent = exception is NotFoundException,
            }
            : null;
        return new Attempt(verdict, exception.Code, learned);
    }

    private async Task<Operation> Do(Operation operation, Guid request, CancellationToken cancellation)
    {
        IDoozerNamespace store = _client.Namespace(operation.Namespace);
        switch (operation.Kind)
        {
            case OperationKind.Set:
                return Written(await store.SetAsync(
                    operation.Path, Body.Of(operation.Value!), operation.Condition, request, cancellationToken: cancellation));
            case OperationKind.Del:
                return Written(await store.DeleteAsync(
                    operation.Path, operation.Condition, request, cancellationToken: cancellation));
            case OperationKind.Nop:
                return Written(await store.NopAsync(request, cancellationToken: cancellation));
            case OperationKind.Wait:
                WaitResult found = await store.WaitAsync(
                    operation.Path, operation.Condition, LoadClient.WaitTime, LoadClient.PageOf(operation), cancellation);
                return operation with
                {
                    Outcome = OperationOutcome.Ok,
                    Revision = found.Next,
                    Events = [.. found.Events.Select(Event)],
                };
            default:
                ReadMode mode = operation.Kind == OperationKind.Local ? ReadMode.Local : ReadMode.Linearizable;
                return Read(await store.GetAsync(operation.Path, Revisions.Latest, mode, cancellation));
        }

        Operation Written(long revision) => operation with { Outcome = OperationOutcome.Ok, Revision = revision };

        Operation Read(FileContent file) => operation with
        {
            Outcome = OperationOutcome.Ok,
            Revision = file.TreeRevision,
            File = file.Revision,
            Value = file.Exists ? Body.ValueOf(file.Body) : null,
        };
    }

    private static HistoryEvent Event(FileEvent told) => told.Kind switch
    {
        FileEventKind.Set => new HistoryEvent(told.Revision, OperationKind.Set, told.Path, Body.ValueOf(told.Body)),
        FileEventKind.Del => new HistoryEvent(told.Revision, OperationKind.Del, told.Path, null),
        _ => new HistoryEvent(told.Revision, OperationKind.Nop, told.Path, null),
    };
}

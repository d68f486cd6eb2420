namespace Doozer.Silo.Http;

/// <summary>What a supervisor or a load balancer asks.</summary>
internal sealed class HealthEndpoints(NamespaceSource namespaces, NodeInfo node, TimeProvider time)
{
    /// <summary>What a node says that is ready for everything.</summary>
    public const string IsReady = "ready";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The process runs and answers.</summary>
    public static Task Alive(HttpContext context) => context.Response.WriteAsync("alive\n");

    /// <summary>
    /// The local replica knows a leader that has a quorum, so that writes and linearizable reads can work here.
    /// </summary>
    public async Task Ready(HttpContext context)
    {
        string? reason;
        DiskStatus? disk = null;
        try
        {
            NamespaceStatus status = await namespaces(Names.Main).Status()
                .WaitAsync(Patience, time, context.RequestAborted);
            reason = Reason(status);
            disk = status.Local.Disk;
        }
        catch (Exception exception)
        {
            // Whatever it is, once the client has given up there is nobody to tell.
            if (context.RequestAborted.IsCancellationRequested)
                return;
            reason = exception is DoozerException ? exception.Message : "the node is starting or stopping.";
        }

        if (reason is null)
        {
            // Reads go on, and so does what makes room.
            await context.Response.WriteAsync(disk is { IsLow: true }
                ? $"ready, but the disk is nearly full ({disk.Free} bytes left): no writes are taken but deletes\n"
                : IsReady + "\n");
            return;
        }

        Problem problem = Problems.Create(StatusCodes.Status503ServiceUnavailable, "not-ready", reason);
        await Problems.Write(context, problem with { Node = node.Node });
    }

    private static string? Reason(NamespaceStatus status)
    {
        if (status.Leading is not { Role: ReplicaRole.Leader } leading)
            return $"No leader of '{status.Namespace}' is known to {status.Local.Node}.";

        int reachable = leading.Peers.Count(peer => peer.Reachable || peer.Node == leading.Node);
        return reachable >= leading.Quorum.Phase2
            ? null
            : $"The leader {leading.Node} reaches {reachable} of {leading.Quorum.Phase2} replicas it needs.";
    }
}

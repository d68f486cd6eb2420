using System.CommandLine;
using System.Globalization;
using System.Text;
using Doozer.Silo.Http;
using Doozer.Silo.Viewer;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer status</c>: a namespace as a node sees it, and if asked whether all replicas hold the same.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandConsole console)
    {
        var hash = new Option<bool>("--hash")
        {
            Description =
                "Also compare digests of all replicas' trees at one revision; exit status 1 unless all are there and the same.",
        };
        return StoreCommand.Create(
            "status",
            "Prints leader, quorum and replicas of a namespace.",
            console,
            [hash],
            printsData: true,
            async context =>
            {
                NamespaceStatus status = await context.Store.Read(
                    "status", DoozerJson.Default.NamespaceStatus, null, context.Cancellation);
                DigestReport? digests = context.Arguments.GetValue(hash) ? await CompareDigests(context) : null;
                await context.Print(
                    new PrintedStatus(status.Namespace, status.Local, status.Leading, digests),
                    PrintedJson.Types.PrintedStatus,
                    Describe(status) + Describe(digests));
                return digests is { Equal: false } ? ExitCode.Unhealthy : ExitCode.Done;
            });
    }

    /// <summary>At the newest revision that each node has: also one that is cut off, or behind, can be compared.</summary>
    private static async Task<DigestReport> CompareDigests(StoreCommand.Context context)
    {
        string name = Uri.EscapeDataString(context.Store.Namespace);
        (NodeLocation Node, long? Revision, string? Fault)[] nodes = await EachNode.Ask<(NodeLocation, long?, string?)>(
            await EachNode.Of(context),
            async node => (
                node.Location,
                (await node.Read($"/v1/{name}/rev?local=true", DoozerJson.Default.RevisionResult)).Revision,
                null),
            static (node, reason) => (node, null, reason),
            context.Cancellation);
        long? common = nodes.Min(node => node.Revision);
        NodeDigest[] digests = await EachNode.Ask(
            nodes.Where(node => node.Revision is not null).Select(node => node.Node),
            async node => new NodeDigest(
                node.Location.Node,
                (await node.Read($"/v1/{name}/digest?rev={Invariant(common)}", DoozerJson.Default.DigestResult)).Digest,
                null),
            static (node, reason) => new NodeDigest(node.Node, null, reason),
            context.Cancellation);
        NodeDigest[] all =
        [
            .. digests,
            .. nodes.Where(node => node.Revision is null).Select(node => new NodeDigest(node.Node.Node, null, node.Fault)),
        ];
        return new DigestReport(
            common, [.. all.OrderBy(digest => digest.Node, StringComparer.Ordinal)]);
    }

    private static string Invariant(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Describe(DigestReport? report) => report is null
        ? ""
        : string.Concat(report.Nodes.Select(node => $"\ndigest {node.Node} " +
            (node.Digest is null ? $"unknown: {node.Fault}" : $"{node.Digest} at revision {report.Revision}")))
            + (report.Differ ? "\nthe replicas DIFFER" : "");

    private static string Describe(NamespaceStatus status)
    {
        // The leader knows how far everybody is; without one, this replica tells what it knows.
        ReplicaStatus view = status.Leading ?? status.Local;
        var text = new StringBuilder();
        text.Append($"namespace {status.Namespace}\n");
        text.Append($"answered by {status.Local.Node} at revision {status.Local.Revision}, oldest " +
            $"{status.Local.OldestRevision}\n");
        text.Append(status.Leading is { } leader ? $"leader {leader.Node} with ballot {leader.Ballot}\n" : "leader none known\n");
        text.Append($"slots {view.ChosenSlot} chosen, {view.AppliedSlot} applied, as {view.Node} sees it\n");
        text.Append($"quorum {view.Quorum.Phase1} to elect, {view.Quorum.Phase2} to write, of " +
            $"{string.Join(", ", view.Quorum.Acceptors)}\n");
        if (status.Local.Memory is { } memory)
        {
            text.Append($"memory files {memory.Tree} of {memory.TreeLimit} bytes, history {memory.History} of " +
                $"{memory.HistoryLimit}, log {memory.Log} of {memory.LogLimit}, at {status.Local.Node}\n");
        }

        if (status.Local.Disk is { } disk)
        {
            text.Append($"disk {disk.Free} bytes free, {disk.Reserve} kept back, at {status.Local.Node}" +
                $"{(disk.IsLow ? ": nearly full, no writes but deletes" : "")}\n");
        }

        foreach (PeerStatus peer in view.Peers)
        {
            string state = peer.Reachable || peer.Node == view.Node ? "up" : "down";
            string progress = peer.ChosenSlot < 0 ? "progress not known" : $"slot {peer.ChosenSlot}, {peer.Lag} behind";
            text.Append($"replica {peer.Node} {state}, {progress}\n");
        }

        return text.ToString().TrimEnd('\n');
    }
}

/// <summary>What <c>status</c> prints: the answer of HTTP, and the digests if they were asked for.</summary>
internal sealed record PrintedStatus(string Namespace, ReplicaStatus Local, ReplicaStatus? Leading, DigestReport? Digests);

/// <summary>Digests of the replicas' trees.</summary>
/// <param name="Revision">Of all of them; null when no node answers.</param>
/// <param name="Nodes">All nodes.</param>
internal sealed record DigestReport(long? Revision, NodeDigest[] Nodes)
{
    /// <summary>Whether all are there, and the same.</summary>
    public bool Equal => !Differ && Array.TrueForAll(Nodes, node => node.Digest is not null);

    /// <summary>Whether some hold what others do not.</summary>
    public bool Differ => Nodes.Where(node => node.Digest is not null).DistinctBy(node => node.Digest).Count() > 1;
}

/// <summary>A digest, or why there is none.</summary>
internal sealed record NodeDigest(string Node, string? Digest, string? Fault);

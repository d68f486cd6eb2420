using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Doozer.Grains;
using Doozer.Node;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Namespaces;

/// <summary>
/// Makes and deletes namespaces: writes to the list in <c>main</c>, and waits until the nodes have followed. To be called on one
/// scheduler.
/// </summary>
/// <param name="main">Serves <c>main</c>.</param>
/// <param name="drivers">The node's replicas.</param>
/// <param name="barrier">Where a change of the list waits.</param>
/// <param name="options">The node's options.</param>
internal sealed class NamespaceListServer(
    NamespaceServer main, ReplicaDrivers drivers, ListBarrier barrier, DoozerOptions options)
{
    /// <summary>So many more revisions than this node knows of may have been given in a namespace that is deleted.</summary>
    private const long Margin = SnapshotFiles.LeastBump;

    /// <summary>As <see cref="INamespaceGrain.Create"/>.</summary>
    public async Task<long> Create(string @namespace, Guid requestId, long? floor, int replicas)
    {
        Names.RequireNamespace(@namespace);
        if (@namespace == Names.Main)
            throw new NamespaceExistsException(@namespace);
        if (replicas is < 0 or > Limits.Replicas)
        {
            throw new InvalidArgumentException(
                nameof(replicas), $"{replicas} is not a number from 1 to {Limits.Replicas}, or 0 for the default");
        }

        (Guid id, floor) = Identity(requestId, floor);
        Guid proposal = id;
        bool isReused = false;
        while (true)
        {
            TreeVersion list = await List();
            if (NamespaceList.Find(list, @namespace) is var (group, record) && record.Request == id)
                return await Followed(group.Generation, id);
            if (drivers.Find(@namespace) is not null)
                throw new NamespaceExistsException(@namespace);
            if (NamespaceList.Count(list) >= options.MaxNamespaces)
                throw new TooManyNamespacesException(@namespace, options.MaxNamespaces);
            try
            {
                return await Followed(await main.Write(Creation(list, @namespace, replicas, id, proposal), floor), id);
            }
            catch (TransactionFailedException failed) when (failed.Reason is RevisionMismatchException)
            {
                // Somebody else made one or deleted one. That it failed is what the tree remembers of the identity it had.
                proposal = Guid.NewGuid();
            }
            catch (RequestIdReusedException) when (!isReused)
            {
                // An earlier attempt may have begun with other quorums, or beyond another revision.
                isReused = true;
            }
        }
    }

    /// <summary>As <see cref="INamespaceGrain.Delete"/>.</summary>
    public async Task<long> Delete(string @namespace, Guid requestId, long? floor)
    {
        Names.RequireNamespace(@namespace);
        if (@namespace == Names.Main)
            throw new InvalidNamespaceException(@namespace, "it is always there, and cannot be deleted");
        (Guid id, floor) = Identity(requestId, floor);
        TreeVersion list = await List();
        ReplicaDriver? replica = NamespaceList.Find(list, @namespace) is null ? null : drivers.Find(@namespace);
        if (replica is not null)
            await BeginLaterOnesBeyond(replica.Tree.Revision, list);
        try
        {
            var deletion = Command.Del(NamespaceList.PathOf(@namespace), Revisions.Clobber, id);
            return await Followed(await main.Propose(deletion, floor), id, replica);
        }
        catch (NotFoundException)
        {
            throw new NoNamespaceException(@namespace);
        }
    }

    /// <summary>As <see cref="INamespaceListGrain.Adopt"/>.</summary>
    public async Task Adopt(string[] namespaces)
    {
        byte[] record = NamespaceList.Write(new NamespaceRecord(IsAdopted: true));
        foreach (string name in namespaces)
        {
            try
            {
                await main.Propose(
                    Command.Transaction(
                    [
                        Command.Set(NamespaceList.AdoptedPathOf(name), default, Revisions.Missing),
                        Command.Set(NamespaceList.PathOf(name), record, Revisions.Missing),
                    ]),
                    floor: null);
            }
            catch (TransactionFailedException)
            {
                // Another node was faster.
            }
        }
    }

    /// <summary>The tree that has all that was on the list when this was called.</summary>
    private async Task<TreeVersion> List()
    {
        await main.Rev(ReadMode.Linearizable);
        return drivers.Main.Tree.Latest;
    }

    private (Guid Id, long? Floor) Identity(Guid requestId, long? floor) =>
        requestId == Guid.Empty ? (Guid.NewGuid(), drivers.Main.Tree.Revision) : (requestId, floor);

    private Command Creation(TreeVersion list, string @namespace, int replicas, Guid id, Guid proposal)
    {
        QuorumSystem quorums = drivers.Main.Quorums;
        int wanted = new NamespaceRecord(Replicas: replicas).WantedReplicas;
        if (wanted < quorums.Count)
            quorums = options.QuorumsOf(NodePreference.Acceptors(@namespace, wanted, quorums.Acceptors));
        TreeLookup start = list.Lookup(NamespaceList.StartPath);
        byte[] record = NamespaceList.Write(new NamespaceRecord(
            NumberIn(start.Body), [.. quorums.Acceptors], quorums.Phase1, quorums.Phase2, id, Replicas: replicas));
        return Command.Transaction(
            [
                Command.Check(NamespaceList.StartPath, start.Revision),
                Command.Set(NamespaceList.PathOf(@namespace), record, Revisions.Missing),
            ],
            proposal);
    }

    /// <summary>
    /// Who has seen a revision of a namespace that is deleted, and comes back to one that was made again under its name, must not
    /// take what is there now for what it has seen.
    /// </summary>
    private async Task BeginLaterOnesBeyond(long revision, TreeVersion list)
    {
        while (list.Lookup(NamespaceList.StartPath) is var start && NumberIn(start.Body) < revision + Margin)
        {
            byte[] body = Encoding.ASCII.GetBytes((revision + Margin).ToString(CultureInfo.InvariantCulture));
            try
            {
                await main.Propose(Command.Set(NamespaceList.StartPath, body, start.Revision), floor: null);
                return;
            }
            catch (RevisionMismatchException)
            {
                list = await List();
            }
            catch (OutcomeUnknownException unknown)
            {
                throw new NodeUnavailableException(
                    options.Node, $"nothing was deleted yet, and what comes before it has no answer: {unknown.Detail}");
            }
        }
    }

    private async Task<long> Followed(long revision, Guid id, ReplicaDriver? deleted = null) =>
        await barrier.Pass(
            revision, [.. drivers.Main.AllQuorums, .. deleted?.AllQuorums ?? []], options.RequestTimeout)
            ? revision
            : throw new OutcomeUnknownException(id, "the list has it, but too few nodes have followed in time");

    private static long NumberIn(byte[] body) => Utf8Parser.TryParse(body, out long number, out _) ? number : 0;
}

using Doozer.Chaos.Nodes;

namespace Doozer.Chaos.Turning;

/// <summary>
/// Turns a cluster into other nodes while it serves: each voter is replaced by a node that joins, one of them when it has died;
/// then two more get votes, and go again.
/// </summary>
internal sealed class Turn(
    NodeCluster cluster, Recovery recovery, MemberCommand member, Func<TimeSpan> clock, Action<string> tell, int seed)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Random _random = new(seed);
    private readonly List<Step> _steps = [];
    private readonly List<int> _voters = [.. cluster.Members];

    /// <summary>What has been done.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>Goes on until a time is over, and turns it at least once.</summary>
    /// <exception cref="ChaosException">A step is not done in time.</exception>
    public async Task Run(TimeSpan time, CancellationToken cancellation)
    {
        TimeSpan end = clock() + time;
        do
        {
            await ReplaceAll(cancellation);
            await GrowAndShrink(cancellation);
        }
        while (clock() < end);
    }

    private async Task ReplaceAll(CancellationToken cancellation)
    {
        int[] old = [.. _voters];
        _random.Shuffle(old);
        int dies = old[_random.Next(old.Length)];
        foreach (int node in old)
            await Replace(node, isDead: node == dies, cancellation);
    }

    private async Task Replace(int node, bool isDead, CancellationToken cancellation)
    {
        int by = cluster.Add();
        if (isDead)
            await cluster.Lose(node);
        string dead = isDead ? ", which is dead" : "";
        await Do($"replace {NodeCluster.Name(node)}{dead}, by {NodeCluster.Name(by)}", async () =>
        {
            await Order("replace", [node, by], cancellation);
            await HasLeft(node, cancellation);
            await Votes(by, cancellation);
        });
    }

    private async Task GrowAndShrink(CancellationToken cancellation)
    {
        int[] added = [cluster.Add(), cluster.Add()];
        foreach (int node in added)
        {
            await Do($"promote {NodeCluster.Name(node)}", async () =>
            {
                await Order("promote", [node], cancellation);
                await Votes(node, cancellation);
            });
        }

        // One goes while it has a vote. The other gives its up first: so no more voters are wanted than are left, and the next
        // node that joins becomes none by itself.
        await Remove(added[1], cancellation);
        await Do($"demote {NodeCluster.Name(added[0])}", async () =>
        {
            await Order("demote", [added[0]], cancellation);
            _voters.Remove(added[0]);
            await recovery.WaitUntilDecidedBy(_voters, cancellation);
        });
        await Remove(added[0], cancellation);
    }

    private Task Remove(int node, CancellationToken cancellation) => Do($"remove {NodeCluster.Name(node)}", async () =>
    {
        await Order("remove", [node], cancellation);
        await HasLeft(node, cancellation);
        await recovery.WaitUntilDecidedBy(_voters, cancellation);
    });

    /// <summary>Gives an order until it is done: it may be refused until a node has caught up, or answers again.</summary>
    private async Task Order(string change, int[] nodes, CancellationToken cancellation)
    {
        string? told = null;
        await recovery.WaitUntil(
            async () =>
            {
                if (await member.Try(change, nodes, cancellation) is not { } reason)
                    return null;
                if (reason != told)
                    tell($"not yet: {told = reason}");
                return $"{change} {string.Join(' ', nodes.Select(NodeCluster.Name))} is refused: {reason}";
            },
            Pause,
            cancellation);
    }

    private async Task Votes(int node, CancellationToken cancellation)
    {
        _voters.Add(node);
        await recovery.WaitUntilDecidedBy(_voters, cancellation);
    }

    private async Task HasLeft(int node, CancellationToken cancellation)
    {
        cluster.Release(node);
        _voters.Remove(node);
        await recovery.WaitUntilLeft(node, cancellation);
    }

    private async Task Do(string what, Func<Task> work)
    {
        tell(what);
        TimeSpan start = clock();
        await work();
        _steps.Add(new Step(what, start, clock()));
        tell($"done: {what}");
    }
}

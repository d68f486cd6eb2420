using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Orleans.Membership;

/// <summary>The newest list of silos that this one knows, and those who wait for a newer one.</summary>
internal sealed class MembershipView
{
    public static readonly ClusterMembershipSnapshot Empty =
        new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, MembershipVersion.MinValue);

    private volatile Node _newest = new(Empty);

    public ClusterMembershipSnapshot Current => _newest.Snapshot;

    public void Publish(ClusterMembershipSnapshot snapshot)
    {
        var next = new Node(snapshot);
        var last = Interlocked.Exchange(ref _newest, next);
        last.Next.SetResult(next);
    }

    public async IAsyncEnumerable<ClusterMembershipSnapshot> Updates([EnumeratorCancellation] CancellationToken token = default)
    {
        var node = _newest;
        while (true)
        {
            yield return node.Snapshot;
            await node.Next.Task.WaitAsync(token);
            node = _newest;
        }
    }

    public static ClusterMembershipSnapshot Snapshot(MembershipTableData table)
    {
        var members = ImmutableDictionary.CreateBuilder<SiloAddress, ClusterMember>();
        foreach (var (entry, _) in table.Members)
        {
            members[entry.SiloAddress] = new ClusterMember(entry.SiloAddress, entry.Status, entry.SiloName);
        }

        return new ClusterMembershipSnapshot(members.ToImmutable(), new MembershipVersion(table.Version.Version));
    }

    private sealed class Node(ClusterMembershipSnapshot snapshot)
    {
        public ClusterMembershipSnapshot Snapshot { get; } = snapshot;

        public TaskCompletionSource<Node> Next { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What applications see of the membership.</summary>
internal sealed class ClusterMembershipService(MembershipView view, MembershipAgent agent) : IClusterMembershipService
{
    public ClusterMembershipSnapshot CurrentSnapshot => view.Current;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => view.Updates();

    public async ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default)
    {
        if (minimumVersion == default || view.Current.Version < minimumVersion)
        {
            await agent.RefreshAsync().WaitAsync(cancellationToken);
        }
    }

    public Task<bool> TryKill(SiloAddress siloAddress) => agent.DeclareDeadAsync(siloAddress, byVote: false);
}

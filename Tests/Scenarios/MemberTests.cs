using Doozer.Paxos;
using Doozer.Simulation;
using Doozer.Storage;

namespace Doozer.Tests.Scenarios;

/// <summary>Nodes that come, get a vote, lose it and go, by the very classes of a node.</summary>
public sealed class MemberTests
{
    private const long Patience = 20_000;
    private static readonly QuorumSystem Quorums = new(["n1", "n2", "n3"]);

    private readonly SimulationCluster _cluster =
        new(1, RunShape.Plain(Quorums, new ReplicaOptions { Alpha = 4 }) with { SnapshotSlots = 6 }, Mutation.None, null);

    [Fact]
    public void A_namespace_moves_to_other_nodes_which_need_the_old_ones_no_more()
    {
        Lead();
        SimulationNode[] old = [.. _cluster.Nodes];
        Join("n4", "n5", "n6");
        Change(["n4", "n5", "n6"]).Status.ShouldBe(ReconfigurationStatus.Done);
        foreach (SimulationNode node in old)
        {
            node.Leave("is taken away");
            _cluster.RemoveNode(node);
        }

        Lead();
        Write(10);
        Restart();
        Lead();
        Write(1);
        foreach (SimulationNode node in _cluster.Nodes)
        {
            ReplicaStatus status = node.First!.Driver.Status();
            (status.Quorum.Epoch, status.Quorum.Acceptors.Length).ShouldBe((1, 3));
        }
    }

    [Fact]
    public void A_snapshot_tells_the_quorums_whose_slot_is_dropped_from_the_log()
    {
        Lead();
        Join("n4");
        Change(["n1", "n2", "n3", "n4"]).Status.ShouldBe(ReconfigurationStatus.Done);
        Write(40);
        SimulationNode node = _cluster["n1"];
        _cluster.RunUntil(
            () => SnapshotOf(node) is { } entry && entry.Slot > node.Replica!.Configurations.Current.FromSlot, Patience)
            .ShouldBeTrue("it writes one every few slots");
        Restart();
        Lead();
        node.First!.Driver.Protocol.FirstSlot.ShouldBeGreaterThan(2, "the slot of the change is in the snapshot only");
        node.First.Driver.Status().Quorum.Epoch.ShouldBe(1);
        Write(1);

        // One that was never there gets the snapshot, and knows them as well.
        Join("n5");
        _cluster.RunUntil(() => _cluster["n5"].Replica?.Configurations.Current.Epoch == 1, Patience).ShouldBeTrue();
    }

    [Fact]
    public void A_learner_has_what_is_written_and_counts_for_nothing()
    {
        SimulationNode leader = Lead();
        Join("n4");
        Write(5);
        _cluster.RunUntil(_cluster.Converged, Patience).ShouldBeTrue();
        foreach (SimulationNode other in _cluster.Nodes.Where(node => node != leader && node.Name != "n4"))
            other.Kill();
        _cluster.RunUntil(() => !leader.Leads, Patience).ShouldBeTrue("the learner makes no quorum with it");
        _cluster.Run(10 * _cluster.ElectionTimeout);
        _cluster.Leader.ShouldBeNull();
    }

    [Fact]
    public void Who_was_left_out_while_it_was_away_is_told()
    {
        SimulationNode leader = Lead();
        SimulationNode away = _cluster.Nodes.First(node => node != leader);
        string[] others = [.. _cluster.Nodes.Where(node => node != away).Select(node => node.Name)];
        away.Kill();
        Change(others).Status.ShouldBe(ReconfigurationStatus.Done);
        _cluster.RemoveNode(away);
        foreach (string name in others)
            _cluster[name].First!.Driver.SetMembers(others);
        away.Start();
        away.Replica?.IsVoter.ShouldBeTrue();
        _cluster.RunUntil(() => away.Replica is { IsVoter: false }, Patience).ShouldBeTrue();
        away.Replica!.Configurations.Newest.Epoch.ShouldBe(0, "nobody tells it more than that");
        Write(1);
    }

    [Fact]
    public void The_same_is_asked_for_twice_and_made_once_and_what_cannot_be_is_refused()
    {
        SimulationNode leader = Lead();
        ReconfigurationResult refused = Change(["n1", "n2", "n9"]);
        (refused.Status, refused.Behind.Single()).ShouldBe((ReconfigurationStatus.NotCaughtUp, "n9"));
        Change(["n1", "n2"]).Status.ShouldBe(ReconfigurationStatus.Done);
        Change(["n1", "n2"]).Epoch.ShouldBe(1);
        Change(["n1", "n2", "n3"], epoch: 0).Status.ShouldBe(ReconfigurationStatus.Outdated);
        Change(["n1", "n2", "n3"], epoch: 1).Status.ShouldBe(ReconfigurationStatus.Done);
        SimulationNode follower = _cluster.Nodes.First(node => !node.Leads);
        Ask(follower, ["n1", "n2"], null).Status.ShouldBe(ReconfigurationStatus.NotLeader);
        Should.Throw<InvalidArgumentException>(() => Change([]));
        Should.Throw<InvalidArgumentException>(() => Change(["n1", "no id!"]));
        leader.IsUp.ShouldBeTrue();
    }

    private static SnapshotEntry? SnapshotOf(SimulationNode node) =>
        node.Process!.Storage.Snapshots.Manifest.Find(node.First!.Driver.Namespace);

    private void Join(params string[] names)
    {
        foreach (string name in names)
            _cluster.AddNode(name, name.Length + name[1]).Start();
        _cluster.RunUntil(() => _cluster.Nodes.All(node => node.First is not null), Patience).ShouldBeTrue();
        string[] members = [.. _cluster.Nodes.Select(node => node.Name)];
        _cluster.Run(50);
        foreach (SimulationNode node in _cluster.Nodes)
            node.First!.Driver.SetMembers(members);
        _cluster.Run(1000);
    }

    private ReconfigurationResult Change(string[] acceptors, long? epoch = null) => Ask(Lead(), acceptors, epoch);

    private ReconfigurationResult Ask(SimulationNode node, string[] acceptors, long? epoch)
    {
        SimulationReplica replica = node.First!;
        Task<ReconfigurationResult> asked = replica.Turns.Run(() => replica.Driver.Reconfigure(acceptors, 0, 0, epoch));
        _cluster.RunUntil(() => asked.IsCompleted, Patience).ShouldBeTrue();
        return asked.GetAwaiter().GetResult();
    }

    private SimulationNode Lead()
    {
        _cluster.RunUntil(() => _cluster.Leader is { Replica.HasQuorum: true }, Patience).ShouldBeTrue(_cluster.Describe());

        // By now it has chosen again what it found.
        _cluster.Run(200);
        return _cluster.Leader.ShouldNotBeNull();
    }

    private void Write(int count)
    {
        for (int i = 0; i < count; i++)
        {
            int before = _cluster.Safety.Acknowledged;
            _cluster.Write(Lead()).ShouldBeTrue();
            _cluster.RunUntil(() => _cluster.Safety.Acknowledged > before, Patience).ShouldBeTrue();
        }
    }

    private void Restart()
    {
        foreach (SimulationNode node in _cluster.Nodes)
            node.Crash();
        foreach (SimulationNode node in _cluster.Nodes)
            node.Start();
        _cluster.RunUntil(() => _cluster.Nodes.All(node => node.First is not null), Patience).ShouldBeTrue();
    }
}

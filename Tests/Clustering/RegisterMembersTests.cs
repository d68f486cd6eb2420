using Doozer.Clustering;
using Doozer.Paxos;
using Doozer.Simulation;

namespace Doozer.Tests.Clustering;

/// <summary>The register when its acceptors change; n1, n2 and n3 are those that the cluster begins with.</summary>
public sealed class RegisterMembersTests : IAsyncLifetime
{
    private static readonly QuorumSystem First = Quorums(1, 2, 3);
    private readonly TestPeers _peers = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _peers.DisposeAsync();

    [Fact]
    public async Task The_register_goes_over_to_other_nodes_with_its_value()
    {
        TestPeer[] nodes = await Start(1, 2, 3, 4);
        await Set(nodes[0], 7);
        await nodes[0].Node.Register.ChangeMembers(Quorums(2, 3, 4), Cancellation);
        nodes[0].Node.Register.DescribeQuorum().ShouldStartWith("it needs 2 of n2, n3, n4");
        await _peers.Stop(nodes[0]);
        await _peers.Stop(nodes[1]);

        (await Read(nodes[3])).ShouldBe([7]);
        await Set(nodes[2], 8);
        (await Read(nodes[3])).ShouldBe([8]);
    }

    [Fact]
    public async Task What_is_written_before_the_first_change_of_members_is_what_earlier_releases_write()
    {
        TestPeer[] nodes = await Start(1, 2, 3);
        await Set(nodes[0], 7);
        (await nodes[1].Node.Register.Read(Cancellation)).ToArray().ShouldBe([7]);
        (await StateOf(nodes[1], "n1")).Value.ToArray().ShouldBe([7]);

        await nodes[0].Node.Register.ChangeMembers(First, Cancellation);
        (await StateOf(nodes[1], "n1")).Value.ToArray().ShouldBe([7], "a change to the same members is none");
    }

    [Fact]
    public async Task A_node_that_is_no_member_uses_the_register_and_does_not_count()
    {
        TestPeer[] nodes = await Start(1, 2, 4);
        await Set(nodes[2], 7);
        (await Read(nodes[0])).ShouldBe([7]);
        (await StateOf(nodes[0], "n4")).Accepted.ShouldBe(Ballot.Zero);

        await _peers.Stop(nodes[1]);
        nodes[2].Node.Register.TimeLimit = TimeSpan.FromSeconds(1);
        (await Should.ThrowAsync<ClusteringException>(() => Set(nodes[2], 8))).Message.ShouldContain("it needs 2 of n1, n2, n3");
    }

    [Fact]
    public async Task Nothing_is_proposed_before_the_next_members_are_there()
    {
        TestPeer[] nodes = await Start(1, 2, 3);
        nodes[0].Node.Register.TimeLimit = TimeSpan.FromSeconds(1);
        string message = (await Should.ThrowAsync<ClusteringException>(
            () => nodes[0].Node.Register.ChangeMembers(Quorums(1, 4, 6), Cancellation))).Message;
        message.ShouldContain("n4 at http://127.0.0.1:4/ does not answer (Connection refused)");
        message.ShouldContain("n6 cannot be asked: no address is known here");
        message.ShouldEndWith("nothing was changed.");
        await Set(nodes[0], 7);
    }

    [Fact]
    public async Task A_change_whose_proposer_has_died_is_finished_before_another_begins()
    {
        TestPeer[] nodes = await Start(1, 2, 3, 4);
        await LeaveJointValue(nodes[0], Quorums(1, 2, 4), "n2", "n3");
        await nodes[2].Node.Register.ChangeMembers(Quorums(3, 4), Cancellation);
        RegisterMembers members = nodes[2].Node.Register.Members;
        members.Are(Quorums(3, 4)).ShouldBeTrue();
        members.Version.ShouldBe(4);
    }

    [Fact]
    public async Task A_change_that_nobody_can_finish_is_named()
    {
        TestPeer[] nodes = await Start(1, 2, 3);
        await LeaveJointValue(nodes[0], Quorums(1, 5, 6), "n2", "n3");
        nodes[2].Node.Register.TimeLimit = TimeSpan.FromSeconds(1);
        string message = (await Should.ThrowAsync<ClusteringException>(
            () => nodes[2].Node.Register.ChangeMembers(Quorums(2, 3), Cancellation))).Message;
        message.ShouldContain("cannot become 2 of n2, n3: a change to 2 of n1, n5, n6 is under way");
        message.ShouldContain("n6 cannot be asked");
    }

    [Fact]
    public async Task An_acceptor_that_starts_again_knows_the_members_of_its_value()
    {
        TestPeer[] nodes = await Start(1, 2, 3, 4);
        await nodes[2].Node.Register.ChangeMembers(Quorums(4), Cancellation);
        await Set(nodes[0], 7);
        foreach (TestPeer node in nodes)
            await _peers.Stop(node);
        QuorumRegister register = (await Start(4))[0].Node.Register;
        register.Members.Are(Quorums(4)).ShouldBeTrue();
        (await register.Read(Cancellation)).ToArray().ShouldBe([7]);
    }

    [Fact]
    public async Task Members_that_the_starting_node_has_never_heard_of_are_found()
    {
        TestPeer[] nodes = await Start(2, 3, 4, 5);
        await nodes[0].Node.Register.ChangeMembers(Quorums(3, 4, 5), Cancellation);
        await Set(nodes[0], 7);
        TestPeer stranger = (await Start(1))[0];
        stranger.Node.Register.Members.Are(First).ShouldBeTrue();
        (await Read(stranger)).ShouldBe([7]);
        stranger.Node.Register.Members.Are(Quorums(3, 4, 5)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_node_finds_the_members_when_all_that_its_settings_name_are_gone()
    {
        TestPeer[] nodes = await Start(1, 2, 3, 4);
        await nodes[0].Node.Register.ChangeMembers(Quorums(4), Cancellation);
        await Set(nodes[0], 7);
        foreach (TestPeer node in nodes[..3])
            await _peers.Stop(node);
        QuorumRegister register = (await Start(5))[0].Node.Register;
        (await register.IsGreeted(Cancellation)).ShouldBeFalse("those that it knows are gone");
        (await register.IsGreeted(Cancellation)).ShouldBeTrue("it has been told of another");
        (await register.Read(Cancellation)).ToArray().ShouldBe([7]);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 2, 1 })]
    [InlineData(new byte[] { 0, 1 })]
    public void A_value_is_read_as_it_was_written(byte[] payload)
    {
        var first = RegisterMembers.Of(First);
        foreach (RegisterMembers members in (RegisterMembers[])
            [first, first.Joint(Quorums(4)), first.Alone(new QuorumSystem(["n1", "n2", "n3"], phase2: 1))])
        {
            var read = RegisterValue.Decode(new RegisterValue(members, payload).Encode(), first);
            read.Payload.ToArray().ShouldBe(payload);
            read.Members.IsSameAs(members).ShouldBeTrue($"{members}");
        }
    }

    [Fact]
    public void The_list_of_members_counts_against_the_limit()
    {
        var first = RegisterMembers.Of(First);
        byte[] most = [.. Enumerable.Repeat((byte)1, RegisterState.MaxValueBytes)];
        new RegisterValue(first, most).Encode().Length.ShouldBe(RegisterState.MaxValueBytes);
        Should.Throw<ClusteringException>(() => new RegisterValue(first.Joint(Quorums(4)), most).Encode())
            .Message.ShouldContain("is full");
    }

    [Fact]
    public void A_node_that_has_met_very_many_others_starts_again()
    {
        var disk = new SimulatedDisk();
        var known = Guid.NewGuid();
        using (LocalAcceptor acceptor = Open(disk, mustExist: false))
        {
            acceptor.Remember("n2", known);
            for (int other = 10; other < 10 + (2 * AcceptorRecord.MaxIncarnations); other++)
                acceptor.Remember($"n{other}", Guid.NewGuid());
        }

        using LocalAcceptor again = Open(disk, mustExist: true);
        again.KnownIncarnation("n2").ShouldBe(known);
        again.KnownIncarnation("n10").ShouldBeNull("the first that came and is no acceptor");
    }

    private static LocalAcceptor Open(SimulatedDisk disk, bool mustExist) =>
        LocalAcceptor.Open(disk, "/data", First, mustExist, TimeSpan.Zero, static _ => { });

    private static QuorumSystem Quorums(params int[] numbers) => new(numbers.Select(number => $"n{number}"));

    private static Task<bool> Set(TestPeer node, byte value) =>
        node.Node.Register.Change(_ => new RegisterChange<bool>(true, [value]), Cancellation);

    private static async Task<byte[]> Read(TestPeer node) => (await node.Node.Register.Read(Cancellation)).ToArray();

    private static async Task<RegisterAnswer> StateOf(TestPeer asked, string node) =>
        (await asked.Node.Peers.Ask(node, RegisterRequest.Read)).ShouldNotBeNull();

    private static async Task LeaveJointValue(TestPeer proposer, QuorumSystem next, params string[] reached)
    {
        var value = new RegisterValue(RegisterMembers.Of(First).Joint(next), new byte[] { 7 });
        var ballot = new Ballot(9, $"n{proposer.Number}");
        foreach (string node in reached)
            (await proposer.Node.Peers.Ask(node, RegisterRequest.Accept(ballot, value.Encode()))).ShouldNotBeNull();
    }

    private async Task<TestPeer[]> Start(params int[] numbers)
    {
        var nodes = new List<TestPeer>();
        foreach (int number in numbers)
            nodes.Add(await _peers.Start(number));
        NodeList list = nodes[0].Node.Nodes.Founding;
        for (int i = 4; i <= 5; i++)
            list = list.Adding($"n{i}", new Uri($"http://127.0.0.1:{i}"), NodeRole.Standby);
        foreach (TestPeer node in nodes)
            node.Node.Nodes.Learn(list);
        return [.. nodes];
    }
}

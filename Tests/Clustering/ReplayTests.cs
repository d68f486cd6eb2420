using System.Net;
using Doozer.Clustering;

namespace Doozer.Tests.Clustering;

/// <summary>What somebody on the network can do who has recorded signed requests.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private readonly TestPeers _peers = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _peers.DisposeAsync();

    [Fact]
    public async Task The_word_of_an_earlier_process_does_not_stop_the_living_one()
    {
        TestPeer[] nodes = [await Start(1), await Start(2), await Start(3)];
        await Write(nodes[0], 1);
        await _peers.Stop(nodes[0]);
        await _peers.Stop(nodes[1]);
        await _peers.Stop(nodes[2]);
        RecordedRequest[] old = [.. _peers.Recorded.Where(request => PeerRequest.Decode(request.Body).From.Node == "n1")];
        old.ShouldNotBeEmpty();
        (TestPeer living, TestPeer restarted) = (await Start(1), await Start(2));
        await Write(living, 2);
        foreach (RecordedRequest request in old)
            await Replay(request, restarted);

        await Write(living, 3);
        living.Failure.Reason.ShouldBeNull();
        restarted.Failure.Reason.ShouldBeNull();
    }

    [Fact]
    public async Task Requests_from_before_the_data_was_made_anew_do_nothing()
    {
        foreach (TestPeer node in new[] { await Start(1), await Start(2), await Start(3) })
            await Write(node, node.Number);
        await _peers.StopAllAndDeleteData();
        RecordedRequest[] old = [.. _peers.Recorded];
        TestPeer first = await Start(1);
        foreach (RecordedRequest request in old)
            await Replay(request, first);
        (TestPeer second, TestPeer third) = (await Start(2), await Start(3));
        foreach (TestPeer node in new[] { first, second, third })
        {
            foreach (RecordedRequest request in old)
                await Replay(request, node);
        }

        (await third.Table.ReadAll()).Version.Version.ShouldBe(0, "none of the old rows is back");
        foreach (TestPeer node in new[] { first, second, third })
        {
            await Write(node, node.Number);
            node.Failure.Reason.ShouldBeNull();
        }
    }

    private Task<TestPeer> Start(int number) =>
        _peers.Start(number, options => options.Secret = "a secret of enough characters");

    private static async Task Replay(RecordedRequest request, TestPeer to)
    {
        if (PeerRequest.Decode(request.Body).To == to.Node.Node)
            await to.Node.Gate!.Handle(request.Body, request.Signature, IPAddress.Parse("10.0.0.9"));
    }

    private static async Task Write(TestPeer node, int number)
    {
        var row = new MembershipEntry
        {
            SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1000 + number), number),
            Status = SiloStatus.Active,
            HostName = "host",
            SiloName = $"n{number}",
        };
        (await node.Table.InsertRow(row, (await node.Table.ReadAll()).Version.Next())).ShouldBeTrue();
    }
}

using Doozer.Client.Clustering;
using Doozer.Clustering;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Doozer.Tests.Clustering;

/// <summary>How a client finds the gateways, by real HTTP from peers that say what the test tells them to.</summary>
public sealed class GatewayListTests : IAsyncLifetime
{
    private readonly Uri[] _peers = new Uri[2];
    private readonly ClusteringListener?[] _listeners = new ClusteringListener?[2];
    private string _cluster = "test";
    private string _gateway = "gwy.tcp://127.0.0.1:30000/7";

    public async ValueTask InitializeAsync()
    {
        using var ports = new TestClusterPortAllocator();
        (int first, _) = ports.AllocateConsecutivePortPairs(2);
        for (int i = 0; i < _peers.Length; i++)
        {
            _peers[i] = new Uri($"http://127.0.0.1:{first + i}/");
            _listeners[i] = await ClusteringListener.Start(
                _peers[i],
                endpoints => endpoints.MapGet("/v1/clustering/gateways", context => context.Response.WriteAsJsonAsync(
                    new ClusteringGateways(_cluster, 1, [_gateway], [.. _peers.Select(peer => peer.ToString())]))),
                TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stop(0);
        await Stop(1);
    }

    [Fact]
    public async Task A_dead_address_is_passed_over()
    {
        await Stop(0);
        using PeerGatewayListProvider provider = Provider(_peers[0], _peers[1]);
        (await provider.GetGateways()).ShouldBe([new Uri(_gateway)]);
    }

    [Fact]
    public async Task A_peer_that_was_learned_answers_when_the_given_one_is_gone()
    {
        using PeerGatewayListProvider provider = Provider(_peers[0]);
        await provider.GetGateways();
        await Stop(0);
        _gateway = "gwy.tcp://127.0.0.1:30001/8";
        (await provider.GetGateways()).ShouldBe([new Uri(_gateway)]);
    }

    [Fact]
    public async Task The_last_list_stays_when_nobody_answers()
    {
        using PeerGatewayListProvider provider = Provider(_peers[0]);
        await provider.GetGateways();
        await Stop(0);
        await Stop(1);
        (await provider.GetGateways()).ShouldBe([new Uri(_gateway)]);
    }

    [Fact]
    public async Task Without_any_answer_the_error_names_the_addresses()
    {
        await Stop(0);
        using PeerGatewayListProvider provider = Provider(_peers[0]);
        (await Should.ThrowAsync<HttpRequestException>(provider.GetGateways)).Message.ShouldContain(_peers[0].ToString());
    }

    [Fact]
    public async Task Another_cluster_is_not_taken_for_this_one()
    {
        _cluster = "other";
        using PeerGatewayListProvider provider = Provider(_peers[0]);
        (await Should.ThrowAsync<HttpRequestException>(provider.GetGateways))
            .Message.ShouldContain("belongs to cluster 'other', not 'test'");
    }

    private static PeerGatewayListProvider Provider(params Uri[] addresses)
    {
        var options = new QuorumClusteringClientOptions { RequestTimeout = TimeSpan.FromSeconds(30) };
        foreach (Uri address in addresses)
            options.Addresses.Add(address);
        return new PeerGatewayListProvider(
            Options.Create(options),
            Options.Create(new ClusterOptions { ClusterId = "test" }),
            TimeProvider.System,
            NullLogger<PeerGatewayListProvider>.Instance);
    }

    private async Task Stop(int peer)
    {
        if (_listeners[peer] is { } listener)
            await listener.DisposeAsync();
        _listeners[peer] = null;
    }
}

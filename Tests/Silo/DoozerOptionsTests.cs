using Doozer.Client;
using Doozer.Grains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Doozer.Tests.Silo;

public sealed class DoozerOptionsTests
{
    public static TheoryData<Action<DoozerOptions>, string> Wrong => new()
    {
        { options => options.Node = "n@1", "the node id 'n@1' must be 1 to 64 letters, digits, '-' or '_'." },
        { options => options.Cluster = "", "the cluster '' must be 1 to 64 letters, digits, '-' or '_'." },
        { options => options.Peers.Add("n 2"), "the peer id 'n 2' must be 1 to 64 letters, digits, '-' or '_'." },
        { options => options.Node = "n9", "the peers (n1, n2, n3) do not include this node, n9." },
        { options => options.Peers.Add("n2"), "the peers (n1, n2, n3, n2) name a node twice." },
        { options => options.WriteQuorum = 4, "WriteQuorum is 4; give 1 to 3, or 0 for the default." },
        {
            options => (options.ElectionQuorum, options.WriteQuorum) = (1, 2),
            "Phase-1 quorums of 1 and phase-2 quorums of 2 out of 3 acceptors need not meet; "
            + "their sizes must add up to more than 3."
        },
        { options => options.DataDirectory = "", "the data directory is empty; give the path of a folder." },
        { options => options.RequestTimeout = TimeSpan.Zero, "RequestTimeout is 00:00:00; give more than 0, at most 00:01:00." },
        { options => options.MaxBodyBytes = 3 << 20, "MaxBodyBytes is 3145728; give 1 to 2097152 (2 MiB)." },
        { options => options.MaxNamespaces = 0, "MaxNamespaces is 0; give 1 to 10000." },
        { options => options.MaxNamespaces = 10_001, "MaxNamespaces is 10001; give 1 to 10000." },
        { options => options.MaxWaitingBytes = -1, "MaxWaitingBytes is -1; give at least 1." },
        { options => options.SnapshotLogBytes = 1023, "SnapshotLogBytes is 1023; give at least 1024 (1 KiB)." },
        { options => options.HeartbeatTicks = 9, "ElectionTicks is 16; give at least twice HeartbeatTicks (9)." },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_value_that_cannot_work_is_refused_in_a_sentence(Action<DoozerOptions> change, string expected) =>
        Fault(change).ShouldBe($"Doozer cannot start: {expected}");

    [Fact]
    public void Where_memory_is_short_a_default_is_a_part_of_it()
    {
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        DoozerOptions.OfMemory(4, long.MaxValue).ShouldBe(memory / 4);
        DoozerOptions.OfMemory(4, 1000).ShouldBe(1000);
        new DoozerOptions().MaxTreeBytes.ShouldBe(Math.Min(512L << 20, memory / 4));
        new DoozerOptions().HistoryBytes.ShouldBe(Math.Min(256L << 20, memory / 8));
        new DoozerOptions().MaxLogBytes.ShouldBe(Math.Min(128L << 20, memory / 16));
    }

    [Fact]
    public void The_defaults_are_valid() => Fault(static _ => { }).ShouldBeNull();

    [Fact]
    public async Task A_host_does_not_start_with_a_value_that_cannot_work()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDoozerClient(options => options.PageSize = 0);
        using IHost host = builder.Build();
        OptionsValidationException error = await Should.ThrowAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));
        error.Message.ShouldContain("PageSize is 0");
    }

    private static string? Fault(Action<DoozerOptions> change)
    {
        var options = new DoozerOptions { Peers = { "n1", "n2", "n3" } };
        change(options);
        return new DoozerOptionsValidator().Validate(null, options).FailureMessage;
    }
}

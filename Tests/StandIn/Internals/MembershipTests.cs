using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Membership;
using Orleans.Runtime;

namespace Doozer.Tests.StandIn;

/// <summary>How silos join, and who may vote for a silo's death.</summary>
[Collection(SiloCollection.Name)]
public sealed class MembershipTests
{
    [Fact]
    public async Task A_silo_that_is_dead_without_knowing_it_has_no_vote()
    {
        // Probes that would take minutes: nobody finds out by them.
        await using var cluster = await EngineCluster.DeployAsync(3, probe: TimeSpan.FromMinutes(1));
        var (alive, dead) = (cluster.Silos[0].SiloAddress, cluster.Silos[2].SiloAddress);
        var table = cluster.Silos[0].ServiceProvider.GetRequiredService<IMembershipTable>();
        var data = await table.ReadAll();
        var row = data.TryGet(dead)!;
        row.Item1.Status = SiloStatus.Dead;
        (await table.UpdateRow(row.Item1, row.Item2, data.Version.Next())).ShouldBeTrue();

        var agent = cluster.Silos[2].ServiceProvider.GetRequiredService<MembershipAgent>();
        (await agent.DeclareDeadAsync(alive, byVote: true)).ShouldBeFalse();

        (await table.ReadAll()).TryGet(alive)!.Item1.Status.ShouldBe(SiloStatus.Active);
    }

    [Theory]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.Active)]
    public async Task A_silo_that_cannot_write_into_the_table_while_it_joins_tries_again(SiloStatus status)
    {
        UnreachableTable? table = null;
        await using var cluster = await EngineCluster.DeployAsync(1, configure: services =>
        {
            var real = (IMembershipTable)services.Last(service => service.ServiceType == typeof(IMembershipTable)).ImplementationInstance!;
            services.AddSingleton(UnreachableTable.For(real, status, out table));
        });

        table!.FailuresLeft.ShouldBe(0);
        cluster.Silos[0].ServiceProvider.GetRequiredService<MembershipAgent>().Status.ShouldBe(SiloStatus.Active);
    }

    /// <summary>A table that fails a few times when a silo's row is to get a status.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives the proxy from this class.")]
    internal class UnreachableTable : DispatchProxy
    {
        private IMembershipTable _real = null!;
        private SiloStatus _failsFor;

        public int FailuresLeft { get; private set; } = 2;

        public static IMembershipTable For(IMembershipTable real, SiloStatus status, out UnreachableTable table)
        {
            IMembershipTable proxy = Create<IMembershipTable, UnreachableTable>();
            table = (UnreachableTable)(object)proxy;
            (table._real, table._failsFor) = (real, status);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (FailuresLeft == 0 || args is not [MembershipEntry entry, ..] || entry.Status != _failsFor) return targetMethod!.Invoke(_real, args);
            FailuresLeft--;
            return Task.FromException<bool>(new IOException("There is no quorum."));
        }
    }
}

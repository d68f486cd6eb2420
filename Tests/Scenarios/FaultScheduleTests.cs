using Doozer.Chaos.Faults;
using Doozer.Chaos.Network;

namespace Doozer.Tests.Scenarios;

/// <summary>The part of the chaos test that a seed decides.</summary>
public sealed class FaultScheduleTests
{
    private const int Seeds = 50;

    private static readonly TimeSpan Time = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_seed_draws_the_same_faults_again_and_another_seed_others(int nodes)
    {
        Tell(1).ShouldBe(Tell(1));
        Tell(1).ShouldNotBe(Tell(2));

        string Tell(int seed) =>
            string.Join(
                '\n',
                FaultSchedule.Draw(seed, nodes, Time).Select(f => $"{f.Kind} {f.Start} {f.Length} {string.Join(',', f.Ranks)}"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Faults_fit_into_the_time_are_at_most_two_at_once_and_leave_quiet_between(int nodes)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            IReadOnlyList<Fault> faults = FaultSchedule.Draw(seed, nodes, Time);
            TimeSpan end = TimeSpan.Zero;
            bool wasSecond = true;
            foreach (Fault fault in faults)
            {
                fault.End.ShouldBeLessThanOrEqualTo(Time);
                fault.Ranks.ShouldBeUnique();
                fault.Ranks.ShouldAllBe(rank => rank >= 0 && rank < nodes);
                bool isSecond = fault.Start < end;
                (isSecond && wasSecond).ShouldBeFalse("three faults at once");
                if (!isSecond)
                    fault.Start.ShouldBeGreaterThanOrEqualTo(end + TimeSpan.FromSeconds(1));
                end = fault.End > end ? fault.End : end;
                wasSecond = isSecond;
            }
        }
    }

    [Fact]
    public void Ten_minutes_have_every_kind_of_fault_and_kills_of_one_of_several_and_of_all()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            IReadOnlyList<Fault> faults = FaultSchedule.Draw(seed, 5, 5 * Time);
            faults.Select(fault => fault.Kind).Distinct().Count().ShouldBe(Enum.GetValues<FaultKind>().Length);
            int[] killed = [.. faults.Where(fault => fault.Kind == FaultKind.Kill).Select(fault => fault.Ranks.Count).Distinct()];
            killed.ShouldContain(1);
            killed.ShouldContain(5);
            killed.ShouldContain(count => count > 1 && count < 5);
        }
    }

    [Fact]
    public void Ranks_are_counted_from_the_leader()
    {
        var fault = new Fault(FaultKind.Chain, TimeSpan.Zero, TimeSpan.Zero, [0, 2, 1]);
        fault.Nodes(leader: 2, nodes: [0, 1, 2]).ShouldBe([2, 1, 0]);
        fault.Nodes(leader: 5, nodes: [3, 5, 6]).ShouldBe([5, 3, 6]);
        fault.Nodes(leader: 4, nodes: [3, 5, 6]).ShouldBe([5, 3, 6], "from the one after a leader that is gone");
    }

    [Fact]
    public void Light_weather_has_one_fault_of_one_node_at_a_time()
    {
        Fault[] faults = [.. FaultSchedule.DrawLight(1, 3).Take(50)];
        faults.Zip(faults.Skip(1)).ShouldAllBe(pair => pair.First.End < pair.Second.Start);
        faults.ShouldAllBe(fault => fault.Ranks.Count == (fault.Kind == FaultKind.OneWay ? 2 : 1));
        faults.Select(fault => fault.Kind).Distinct().Count().ShouldBe(5);
    }

    [Theory]
    [InlineData(nameof(FaultKind.CutOff), new[] { 1 }, "0>1 1>0 1>2 2>1")]
    [InlineData(nameof(FaultKind.Unplug), new[] { 1 }, "0>1 1>0 1>2 1>3 2>1 3>1")]
    [InlineData(nameof(FaultKind.Halves), new[] { 0, 2 }, "0>1 1>0 1>2 2>1")]
    [InlineData(nameof(FaultKind.OneWay), new[] { 2, 0 }, "2>0")]
    [InlineData(nameof(FaultKind.Deaf), new[] { 1 }, "0>1 2>1")]
    [InlineData(nameof(FaultKind.Mute), new[] { 1 }, "1>0 1>2")]
    [InlineData(nameof(FaultKind.Chain), new[] { 1, 0, 2 }, "1>2 2>1")]
    [InlineData(nameof(FaultKind.Star), new[] { 1 }, "0>2 2>0")]
    [InlineData(nameof(FaultKind.Kill), new[] { 1 }, "")]
    public void A_partition_cuts_these_links_of_three_nodes_and_the_clients(string kind, int[] nodes, string cuts) =>
        Cuts(ActiveFaults.ConditionsOf([new ActiveFault(Enum.Parse<FaultKind>(kind), nodes)], 3)).ShouldBe(cuts);

    [Fact]
    public void Two_faults_are_both_in_force()
    {
        LinkConditions conditions = ActiveFaults.ConditionsOf(
            [
                new ActiveFault(FaultKind.OneWay, [0, 1]),
                new ActiveFault(FaultKind.OneWay, [1, 2]),
                new ActiveFault(FaultKind.Delay, [2]),
                new ActiveFault(FaultKind.Loss, [0]),
            ],
            3);
        Cuts(conditions).ShouldBe("0>1 1>2");
        conditions.IsSlow(2, 1).ShouldBeTrue();
        conditions.IsSlow(0, 1).ShouldBeFalse();
        conditions.IsLossy(1, 0).ShouldBeTrue();
        conditions.IsLossy(1, 2).ShouldBeFalse();
    }

    private static string Cuts(LinkConditions conditions) =>
        string.Join(' ', conditions.Cuts.Order().Select(cut => $"{cut.From}>{cut.To}"));
}

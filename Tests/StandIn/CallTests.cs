using Orleans;

namespace Doozer.Tests.StandIn;

public sealed class CallTests(TwoSilos silos) : IClassFixture<TwoSilos>
{
    private static string NewKey() => Guid.NewGuid().ToString("N");

    private IProbeGrain Grain(string? key = null) => silos.Client.GetGrain<IProbeGrain>(key ?? NewKey());

    [Fact]
    public async Task A_value_of_every_kind_survives_the_way_to_a_grain_and_back()
        => Everything.Sample().ShouldMatch(await Grain().Echo(Everything.Sample()));

    [Fact]
    public async Task Defaults_and_empty_values_survive_too()
    {
        var back = await Grain().Echo(new Everything());

        back.Text.ShouldBeNull();
        back.Bytes.ShouldBeNull();
        back.Pet.ShouldBeNull();
        back.Maybe.ShouldBeNull();
        back.Points.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_large_body_crosses_in_one_piece()
    {
        var body = new byte[3 << 20];
        new Random(1).NextBytes(body);

        var back = await Grain().Echo(new Everything { Bytes = body });

        back.Bytes.ShouldBe(body);
    }

    [Fact]
    public async Task Optional_arguments_have_their_defaults() => (await Grain().Sum([1, 2])).ShouldBe(8);

    [Fact]
    public async Task Inside_a_silo_arguments_are_copied_unless_immutable()
    {
        var here = silos.Cluster.Silos[0].Name;
        IProbeGrain grain;
        do
        {
            grain = silos.Local.GetGrain<IProbeGrain>(NewKey());
        }
        while (await grain.Where() != here);

        ProbeGrain.CopiedOnCaller = [1, 2];
        ProbeGrain.SharedOnCaller = [3];

        (await grain.IsSameArray(ProbeGrain.CopiedOnCaller, ProbeGrain.SharedOnCaller)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_grain_takes_one_request_at_a_time()
    {
        var grain = Grain();
        var calls = Enumerable.Range(0, 5).Select(_ => grain.Enter(5)).ToArray();

        await grain.Open();

        (await Task.WhenAll(calls)).ShouldAllBe(most => most == 1);
    }

    [Fact]
    public async Task A_reentrant_grain_interleaves_requests_at_awaits()
    {
        IProbeGrain grain = silos.Client.GetGrain<IReentrantProbeGrain>(NewKey());

        var calls = Enumerable.Range(0, 5).Select(_ => grain.Enter(5));

        (await Task.WhenAll(calls)).Max().ShouldBe(5);
    }

    [Fact]
    public async Task Awaits_come_back_to_the_grains_scheduler() => (await Grain().StaysOnScheduler()).ShouldBeTrue();

    [Fact]
    public async Task A_call_without_an_answer_times_out()
    {
        var grain = Grain();

        await Should.ThrowAsync<TimeoutException>(grain.Never());

        // A silo that stops would wait for the call, for half a minute.
        await grain.Open();
    }

    [Fact]
    public async Task An_exception_keeps_its_type_its_data_and_its_message()
    {
        var error = await Should.ThrowAsync<SampleException>(Grain().Fail("typed"));

        error.Message.ShouldBe("sample: lost");
        error.Revision.ShouldBe(42);
        error.Missing.ShouldBe(["a", "b"]);
        error.StackTrace.ShouldNotBeNull().ShouldContain(nameof(ProbeGrain));
    }

    [Fact]
    public async Task An_exception_keeps_its_cause()
    {
        var error = await Should.ThrowAsync<InvalidOperationException>(Grain().Fail("cause"));

        error.Message.ShouldBe("outer");
        error.InnerException.ShouldBeOfType<ArgumentException>().Message.ShouldBe("inner");
    }

    [Fact]
    public async Task A_one_way_call_never_throws_and_is_made()
    {
        var grain = Grain();

        await grain.FailOneWay();

        (await EngineCluster.EventuallyAsync(async () =>
        {
            var calls = await grain.OneWayCalls();
            return calls == 1 ? calls : throw new InvalidOperationException("not yet");
        })).ShouldBe(1);
    }

    [Fact]
    public async Task A_grain_that_deactivates_itself_is_activated_anew()
    {
        var grain = Grain();
        var first = await grain.Activation();

        await grain.Deactivate();

        var second = await EngineCluster.EventuallyAsync(async () =>
        {
            var now = await grain.Activation();
            return now != first ? now : throw new InvalidOperationException("not yet");
        });
        second.ShouldNotBe(first);
    }

    [Fact]
    public async Task A_timer_ticks_again_and_again() => (await Grain().Ticks(3)).ShouldBeGreaterThanOrEqualTo(3);

    [Fact]
    public async Task Cancelling_a_call_ends_it_for_the_caller()
    {
        using var source = new CancellationTokenSource();
        var call = Grain().WaitForCancellation(source.Token);

        await source.CancelAsync();

        try
        {
            (await call.WaitAsync(EngineCluster.Limit, TestContext.Current.CancellationToken)).ShouldBeTrue();
        }
        catch (OperationCanceledException)
        {
            // The caller need not wait for the grain's own answer.
        }
    }

    [Fact]
    public async Task A_pinned_grain_lives_on_its_silo_and_calls_others_from_there()
    {
        foreach (var silo in silos.Cluster.Silos)
        {
            (await silos.Client.GetGrain<IPinnedProbeGrain>(silo.Name).Where()).ShouldBe(silo.Name);
        }

        var (first, second) = (silos.Cluster.Silos[0].Name, silos.Cluster.Silos[1].Name);
        (await silos.Client.GetGrain<IPinnedProbeGrain>(first).CallOther(second)).ShouldBe(second);
    }

    [Fact]
    public async Task An_error_of_the_placement_reaches_the_caller()
        => await Should.ThrowAsync<SampleException>(silos.Client.GetGrain<IPinnedProbeGrain>("nowhere").Where());

    [Fact]
    public async Task A_stateless_worker_runs_where_it_is_called()
        => (await silos.Local.GetGrain<IWorkerProbeGrain>("any").Where()).ShouldBe(silos.Cluster.Silos[0].Name);

    [Fact]
    public async Task All_silos_agree_where_a_grain_lives()
    {
        for (var i = 0; i < 20; i++)
        {
            var key = $"grain-{i}";
            var fromSilo = await silos.Local.GetGrain<IProbeGrain>(key).Activation();
            (await silos.Client.GetGrain<IProbeGrain>(key).Activation()).ShouldBe(fromSilo);
        }
    }

    [Fact]
    public void A_reference_knows_its_key() => Grain("the-key").GetPrimaryKeyString().ShouldBe("the-key");
}

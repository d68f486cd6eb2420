using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Doozer.Client;
using Doozer.Tests.Cluster;
using Doozer.Tests.Silo;
using Microsoft.Extensions.DependencyInjection;

namespace Doozer.Tests.Telemetry;

/// <summary>What three nodes tell of themselves.</summary>
public sealed class TelemetryTests(ThreeNodesFixture fixture) : IClassFixture<ThreeNodesFixture>
{
    private const string BelowTheGrain = "doozer.set doozer.submit doozer.commit doozer.propose doozer.accept";

    private DoozerCluster Cluster => fixture.Cluster;

    private IDoozerClient Client => Cluster.ClientServices.GetRequiredService<IDoozerClient>();

    [Fact]
    public async Task All_instruments_are_documented_and_no_others()
    {
        var found = new ConcurrentDictionary<string, DocumentedMetric>();
        var tags = new ConcurrentDictionary<string, string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name != DoozerTelemetry.Name)
                    return;
                found[instrument.Name] = DocumentedMetric.Of(instrument);
                listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, with, _) => tags[instrument.Name] = NamesOf(with));
        listener.SetMeasurementEventCallback<double>((instrument, _, with, _) => tags[instrument.Name] = NamesOf(with));
        listener.SetMeasurementEventCallback<int>((instrument, _, with, _) => tags[instrument.Name] = NamesOf(with));
        listener.Start();
        await using HttpNode http = await HttpNode.Start();
        await Set("/measured");
        await Client.GetAsync("/measured", cancellationToken: TestContext.Current.CancellationToken);

        // What replicas tell of themselves comes with their next reading.
        while (!tags.ContainsKey("doozer.replica.lag") || !tags.ContainsKey("doozer.commit.duration"))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
            listener.RecordObservableInstruments();
        }

        DocumentedMetric[] documented = DocumentedMetric.All();
        found.Values.ShouldBe(documented.Select(metric => metric with { Tags = "" }), ignoreOrder: true);
        foreach (DocumentedMetric metric in documented)
        {
            if (tags.TryGetValue(metric.Name, out string? measured))
                measured.ShouldBe(metric.Tags, metric.Name);
        }
    }

    [Fact]
    public async Task Who_leads_and_how_often_that_has_changed_is_counted()
    {
        int leader = await Cluster.LeaderSeenBy(0);
        Cluster.Replica(leader).Meter.Elections.ShouldBeGreaterThan(0);
        Cluster.Replica(leader).Meter.LeaderChanges.ShouldBeGreaterThan(0);
        long follower = Cluster.Replica((leader + 1) % 3).Meter.LeaderChanges;
        await Cluster.AllAreReachedBy(leader);
        await Cluster.On(leader).TransferLeadership(Cluster.Nodes[(leader + 1) % 3]);
        while (await Cluster.LeaderSeenBy((leader + 1) % 3) == leader)
        {
        }

        Cluster.Replica((leader + 1) % 3).Meter.LeaderChanges.ShouldBeGreaterThan(follower);
    }

    [Fact]
    public async Task A_write_of_a_client_is_one_trace_to_the_disks_of_all_acceptors()
    {
        await AllVote();
        using var trace = new RecordedTrace();
        using (trace.Begin())
            await Set("/traced");
        Activity[] accepts = await trace.Ended("doozer.accept", 2);
        foreach (Activity accept in accepts)
            trace.PathOf(accept).ShouldBe("doozer.set " + BelowTheGrain);
        accepts.Select(accept => accept.GetTagItem("doozer.node")).ShouldBeUnique();
        await trace.Ended("doozer.propose", 1);
        Activity[] requests = await trace.Ended("doozer.set", 2);
        requests.ShouldContain(request => request.GetTagItem("doozer.revision") is long);

        // What is written later, in the wake of it, is no part of it.
        for (int i = 0; i < 10; i++)
            await Set($"/later/{i}");
        int attempts = trace.Spans.Count(span => span is { OperationName: "doozer.set", Kind: ActivityKind.Server });
        trace.Spans.Count(span => span.OperationName == "doozer.propose").ShouldBeLessThanOrEqualTo(attempts);
        trace.Spans.Count(span => span.OperationName == "doozer.accept").ShouldBeLessThanOrEqualTo(2 * attempts);
    }

    [Fact]
    public async Task A_write_over_HTTP_is_one_trace_to_the_disks_of_all_acceptors()
    {
        await AllVote();
        await using HttpNode http = await HttpNode.Start(namespaces: name => Cluster.Local(0, name));
        using var trace = new RecordedTrace();
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/main/tree/over-http?rev=-1");
        request.Headers.Add("traceparent", trace.Parent);
        using HttpResponseMessage response = await http.Client.SendAsync(request, TestContext.Current.CancellationToken);
        response.IsSuccessStatusCode.ShouldBeTrue(
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        foreach (Activity accept in await trace.Ended("doozer.accept", 2))
            trace.PathOf(accept).ShouldBe("Microsoft.AspNetCore.Hosting.HttpRequestIn " + BelowTheGrain);
    }

    [Fact]
    public async Task Requests_that_share_a_call_share_a_span_and_are_measured_each_for_itself()
    {
        await AllVote();
        var measured = new ConcurrentBag<(string Operation, string Outcome)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Name == "doozer.request.duration")
                    listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, _, with, _) => measured.Add(((string)with[0].Value!, (string)with[1].Value!)));
        listener.Start();
        using var trace = new RecordedTrace();
        RequestContext.Set("traceparent", trace.Parent);
        await Cluster.On(0).AsReference<IFileRequestsGrain>().Answer(new(
        [
            new(FileOperation.Set, "/shared/1", Revisions.Clobber, Body: [1]),
            new(FileOperation.Set, "/shared/2", Revisions.Clobber, Body: [1]),
            new(FileOperation.Del, "/shared/3", long.MaxValue),
        ]));
        RequestContext.Clear();

        foreach (Activity accept in await trace.Ended("doozer.accept", 2))
            trace.PathOf(accept).ShouldBe(BelowTheGrain.Replace("doozer.set", "doozer.requests"));
        Activity call = (await trace.Ended("doozer.requests", 1)).ShouldHaveSingleItem();
        call.GetTagItem("doozer.requests").ShouldBe(3);
        call.GetTagItem("doozer.failed").ShouldBe(1);
        (await trace.Ended("doozer.submit", 1)).ShouldHaveSingleItem().Links.ShouldBeEmpty();
        trace.Spans.ShouldNotContain(span => span.OperationName == "doozer.set");
        measured.Count(one => one == ("set", "ok")).ShouldBeGreaterThanOrEqualTo(2);
        measured.ShouldContain(("del", "invalid-revision"));
    }

    [Fact]
    public async Task A_request_that_fails_says_why_in_its_trace()
    {
        using var trace = new RecordedTrace();
        using (trace.Begin())
        {
            await Should.ThrowAsync<NotFoundException>(() => Client.DeleteAsync(
                "/missing", Revisions.Clobber, cancellationToken: TestContext.Current.CancellationToken));
        }

        Activity[] requests = await trace.Ended("doozer.del", 2);
        requests.ShouldAllBe(request => (string?)request.GetTagItem("doozer.outcome") == "not-found");
        requests.ShouldAllBe(request => request.Status == ActivityStatusCode.Error);
    }

    /// <summary>Completes when the leader sends all nodes what it proposes.</summary>
    private async Task AllVote()
    {
        await Set("/first");
        await Cluster.AllAreReachedBy(await Cluster.LeaderSeenBy(0));
    }

    private async Task Set(string path) => await Client.SetAsync(
        path, new byte[10], Revisions.Clobber, cancellationToken: TestContext.Current.CancellationToken);

    private static string NamesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        string.Join(", ", tags.ToArray().Select(tag => tag.Key));
}

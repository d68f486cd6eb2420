using System.Net;
using System.Text.Json;
using Doozer.Tests.Samples;
using Doozer.Tests.Silo;
using static Doozer.Tests.Telemetry.DocumentedMetric;

namespace Doozer.Tests.Telemetry;

/// <summary>What Prometheus gets from a node, and what the dashboard and the alerts ask it for.</summary>
public sealed class MetricDocumentTests
{
    private static readonly string[] Labels = ["doozer_namespace", "doozer_replica", "doozer_operation", "doozer_outcome"];

    [Fact]
    public async Task Prometheus_gets_the_names_that_are_documented()
    {
        await using HttpNode node = await HttpNode.Start();
        string scraped = await Scrape(node);
        string[] documented = [.. DocumentedMetric.All().SelectMany(metric => metric.PrometheusNames)];
        string[] found = [.. SeriesIn(scraped).Where(name => name.StartsWith("doozer_", StringComparison.Ordinal))];
        found.ShouldContain("doozer_http_connections");
        found.Except(documented).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_scrape_is_checked_like_any_request()
    {
        await using HttpNode node = await HttpNode.Start();
        (await node.SendText("GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
            .ShouldStartWith("HTTP/1.1 421 ");
        using HttpResponseMessage wrong = await node.Send(HttpMethod.Get, "/metrics?name=doozer");
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_dashboard_and_the_alerts_ask_for_what_there_is()
    {
        await using HttpNode node = await HttpNode.Start();
        string scraped = await Scrape(node);

        // That there was a request is seen by the second, which is made anew only after a while.
        while (!scraped.Contains("http_server_request", StringComparison.Ordinal))
            scraped = await Scrape(node);
        string[] known =
            ["up", .. DocumentedMetric.All().SelectMany(metric => metric.PrometheusNames), .. SeriesIn(scraped)];
        string[] queries = [.. Queries(), .. Expressions()];
        queries.Length.ShouldBeGreaterThan(50);
        string[] asked =
        [
            .. queries.SelectMany(query => Matches(query, @"\b(doozer|http|kestrel|dotnet|orleans)_[a-z_]+\b"))
                .Select(match => match.Value).Distinct().Except([.. Labels, "http_response_status_code"]),
        ];
        asked.Length.ShouldBeGreaterThan(20);
        asked.Except(known).ShouldBeEmpty();
    }

    [Fact]
    public void The_dashboard_can_be_loaded()
    {
        using var dashboard = JsonDocument.Parse(SampleTests.Text("docs/grafana/doozer.json"));
        JsonElement root = dashboard.RootElement;
        root.GetProperty("title").GetString().ShouldBe("Doozer");
        root.GetProperty("schemaVersion").GetInt32().ShouldBeGreaterThan(30);
        string[] variables =
        [
            .. root.GetProperty("templating").GetProperty("list").EnumerateArray()
                .Select(variable => variable.GetProperty("name").GetString()!),
        ];
        JsonElement[] panels = [.. root.GetProperty("panels").EnumerateArray()];
        panels.Select(panel => panel.GetProperty("id").GetInt32()).ShouldBeUnique();
        foreach (string query in Queries())
        {
            Matches(query, @"\$\w+").Select(use => use.Value[1..])
                .Except([.. variables, "__rate_interval"]).ShouldBeEmpty(query);
            query.Count(c => c == '(').ShouldBe(query.Count(c => c == ')'), query);
        }

        // No two panels lie on each other.
        (int X, int Y)[] places = [.. panels.SelectMany(Cells)];
        places.ShouldBeUnique();
        places.ShouldAllBe(place => place.X < 24);
    }

    [Fact]
    public void Each_alert_says_what_to_do_and_the_guide_has_more()
    {
        string alerts = SampleTests.Text("docs/alerts.yml");
        string[] names = [.. Matches(alerts, @"- alert: (?<name>\w+)").Select(match => match.Groups["name"].Value)];
        Matches(alerts, @"^ +action: "".+""$").Count().ShouldBe(names.Length);
        Matches(SampleTests.Text("docs/metrics.md"), @"^\| `(?<name>Doozer\w+)` \| .+\|$")
            .Select(match => match.Groups["name"].Value).ShouldBe(names, ignoreOrder: true);
        Expressions().Length.ShouldBe(names.Length);
    }

    private static string[] Queries()
    {
        using var dashboard = JsonDocument.Parse(SampleTests.Text("docs/grafana/doozer.json"));
        return
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(panel => panel.GetProperty("type").GetString() != "row")
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!),
        ];
    }

    private static string[] Expressions() =>
    [
        .. Matches(SampleTests.Text("docs/alerts.yml"), @"^        expr: (\|\n(          .+\n)+|.+$)")
            .Select(match => match.Value),
    ];

    private static IEnumerable<(int X, int Y)> Cells(JsonElement panel)
    {
        JsonElement place = panel.GetProperty("gridPos");
        for (int x = 0; x < place.GetProperty("w").GetInt32(); x++)
        {
            for (int y = 0; y < place.GetProperty("h").GetInt32(); y++)
                yield return (place.GetProperty("x").GetInt32() + x, place.GetProperty("y").GetInt32() + y);
        }
    }

    private static Task<string> Scrape(HttpNode node) =>
        node.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

    private static IEnumerable<string> SeriesIn(string scraped) =>
        scraped.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('{', ' ')[0]).Distinct();
}

using Doozer.Silo.Viewer;

namespace Doozer.Tests.Silo;

/// <summary>Whether all replicas hold the same, as <c>doozer status --hash</c> tells.</summary>
public sealed class StatusCommandTests : IAsyncLifetime
{
    private const string Nowhere = "http://127.9.9.9:9";

    private HttpNode _first = null!;
    private HttpNode _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await HttpNode.Start();
        _second = await HttpNode.Start();
        _first.Overview = _first.Overview with { Nodes = [new("n1", Address(_first)), new("n2", Address(_second))] };
        foreach (HttpNode node in new[] { _first, _second })
        {
            await node.Main.Set("/a", "one"u8.ToArray(), 0, Guid.Empty);
            await node.Main.Set("/b", "two"u8.ToArray(), 0, Guid.Empty);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Replicas_are_compared_at_a_revision_that_all_have()
    {
        await _second.Main.Set("/only/here/yet", "x"u8.ToArray(), 0, Guid.Empty);
        CommandResult result = await Status();
        result.ExitCode.ShouldBe(0);
        result.Output.ShouldMatch(
            "(?s)^namespace main\n.*\ndigest n1 ([0-9a-f]{16}) at revision 2\ndigest n2 \\1 at revision 2\n$");
        (await Status("--json")).Output.ShouldMatch(
            """."digests":\{"revision":2,"nodes":\[\{"node":"n1","digest":"[0-9a-f]{16}"\},.*\],"equal":true,"differ":false\}""");
    }

    [Fact]
    public async Task Replicas_that_differ_are_told_with_status_1()
    {
        await _first.Main.Set("/c", "here"u8.ToArray(), 0, Guid.Empty);
        await _second.Main.Set("/c", "there"u8.ToArray(), 0, Guid.Empty);
        CommandResult result = await Status();
        result.ExitCode.ShouldBe(1);
        result.Output.ShouldEndWith(" at revision 3\nthe replicas DIFFER\n");
    }

    [Fact]
    public async Task A_replica_that_cannot_be_asked_is_named_with_status_1()
    {
        _first.Overview = _first.Overview with { Nodes = [.. _first.Overview.Nodes, new("n3", Nowhere)] };
        CommandResult result = await Status();
        result.ExitCode.ShouldBe(1);
        result.Output.ShouldContain("\ndigest n2 ");
        result.Output.ShouldContain("\ndigest n3 unknown: cannot be reached: ");
    }

    [Theory]
    [InlineData("rev=9", "future-revision")]
    [InlineData("local", "invalid-argument")]
    [InlineData("rev=-2", "invalid-revision")]
    public async Task A_digest_that_cannot_be_made_is_a_problem(string query, string code)
    {
        HttpResponseMessage response = await _first.Send(HttpMethod.Get, $"/v1/main/digest?{query}");
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain($"\"code\":\"{code}\"");
    }

    [Fact]
    public async Task A_digest_says_of_which_revision_it_is()
    {
        HttpResponseMessage response = await _first.Send(HttpMethod.Get, "/v1/main/digest?rev=0");
        response.Headers.GetValues("Doozer-Tree-Revision").ShouldBe(["0"]);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
            .ShouldBe("{\"revision\":0,\"digest\":\"0000000000000000\"}");
    }

    private Task<CommandResult> Status(params IEnumerable<string> arguments) =>
        CommandLine.Run("", ["status", "--hash", "-a", Address(_first), .. arguments]);

    private static string Address(HttpNode node) => node.Address.ToString().TrimEnd('/');
}

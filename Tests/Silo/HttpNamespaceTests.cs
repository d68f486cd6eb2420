using System.Net;
using System.Net.Http.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.Silo;

public sealed class HttpNamespaceTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_namespace_is_made_told_of_and_deleted()
    {
        (await Problem(HttpMethod.Get, "/v1/orders", 404)).ShouldBe("no-namespace");
        (await Problem(HttpMethod.Delete, "/v1/orders", 404)).ShouldBe("no-namespace");

        foreach (string none in (string[])["0", "65", "-1", "x", ""])
            (await Problem(HttpMethod.Put, $"/v1/orders?replicas={none}", 400)).ShouldBe("invalid-argument");

        var id = Guid.NewGuid();
        for (int time = 0; time < 2; time++)
        {
            using HttpResponseMessage made = await _node.Send(HttpMethod.Put, "/v1/orders?replicas=3", id: id);
            made.StatusCode.ShouldBe(HttpStatusCode.Created);
            made.Headers.GetValues(DoozerHeaders.Revision).ShouldBe(["1"]);
            made.Headers.GetValues(DoozerHeaders.RequestId).ShouldBe([id.ToString()]);
            (await made.Content.ReadAsStringAsync(Cancellation)).ShouldBe("""{"revision":1}""");
        }

        (await Problem(HttpMethod.Put, "/v1/orders", 409)).ShouldBe("namespace-exists");
        (await _node.Client.GetStringAsync("/v1/orders", Cancellation)).ShouldBe(
            """{"name":"orders","revision":1,"acceptors":["n1"],"electionQuorum":1,"writeQuorum":1,"replicas":3}""");
        (await _node.Client.GetStringAsync("/v1/main?local=true", Cancellation)).ShouldBe("""{"name":"main","revision":0}""");

        using HttpResponseMessage deleted = await _node.Send(HttpMethod.Delete, "/v1/orders");
        deleted.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await deleted.Content.ReadAsStringAsync(Cancellation)).ShouldBe("""{"revision":2}""");
        (await Problem(HttpMethod.Get, "/v1/orders", 404)).ShouldBe("no-namespace");
    }

    [Fact]
    public async Task What_is_no_name_is_told_as_that() =>
        (await Problem(HttpMethod.Get, "/v1/a%20b", 400)).ShouldBe("invalid-namespace");

    private async Task<string> Problem(HttpMethod method, string url, int status)
    {
        using HttpResponseMessage response = await _node.Send(method, url);
        ((int)response.StatusCode).ShouldBe(status);
        return (await response.Content.ReadFromJsonAsync(DoozerJson.Default.Problem, Cancellation))!.Code;
    }
}

namespace Doozer.Tests.Silo;

public sealed class NamespaceCommandTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Namespaces_are_made_listed_and_deleted()
    {
        (await Run("list")).ShouldBe(new CommandResult(0, "main\t-\t-\n", ""));
        (await Run("create", "orders")).ShouldBe(new CommandResult(0, "1\n", ""));
        (await Run("create", "carts", "--json")).ShouldBe(new CommandResult(0, "{\"revision\":2}\n", ""));
        (await Run("create", "orders")).ShouldBe(
            new CommandResult(2, "", "doozer: There is a namespace 'orders' already.\n"));
        _node.Overview = _node.Overview with
        {
            Namespaces = [new("main", "n1", ["n1", "n2", "n3"], [], 2, 0), new("orders", "", ["n1", "n2"], [], 0, 0)],
        };
        (await Run("list")).Output.ShouldBe("main\tn1\tn1,n2,n3\ncarts\t-\t-\norders\t-\tn1,n2\n");
        (await Run("list", "--json")).Output.ShouldBe(
            """
            {"name":"main","revision":0,"leader":"n1","acceptors":["n1","n2","n3"]}
            {"name":"carts","revision":2}
            {"name":"orders","revision":1,"acceptors":["n1","n2"]}

            """);
        (await Run("create", "logs", "--replicas", "65")).Error.ShouldContain("'65' is not a number from 1 to 64");
        (await Run("delete", "orders", "--yes")).ShouldBe(new CommandResult(0, "3\n", ""));
        (await Run("list")).Output.ShouldBe("main\tn1\tn1,n2,n3\ncarts\t-\t-\n");
        (await Run("delete", "orders", "--yes")).Error.ShouldStartWith("doozer: There is no namespace 'orders'");
    }

    [Fact]
    public async Task Nothing_is_deleted_by_who_does_not_say_yes()
    {
        await Run("create", "orders");
        (await Run("delete", "orders")).ShouldBe(new CommandResult(
            2,
            "",
            "doozer: The namespace 'orders' would be deleted with all its files, for good; if it is to be, give --yes.\n"));
        (await Run("list")).Output.ShouldBe("main\t-\t-\norders\t-\t-\n");
    }

    [Theory]
    [InlineData("self")]
    [InlineData("a b")]
    public async Task A_name_that_is_none_is_refused_before_anything_is_asked(string name)
    {
        (await Run("create", name)).Error.ShouldStartWith($"doozer: The namespace '{name}' is not valid: ");
        _node.Namespaces.ShouldBeEmpty();
    }

    private Task<CommandResult> Run(params IEnumerable<string> arguments) =>
        CommandLine.Run("", ["namespace", .. arguments, "-a", _node.Address.ToString()]);
}

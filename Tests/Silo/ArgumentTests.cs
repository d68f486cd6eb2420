using Doozer.Silo.Commands;
using Doozer.Silo.Serve;
using Doozer.Tests.Storage;

namespace Doozer.Tests.Silo;

/// <summary>How the command line reads its arguments, and how it says what is wrong with them.</summary>
public sealed class ArgumentTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData("/h")]
    [InlineData("/help")]
    public async Task No_path_is_an_option(string path)
    {
        (await Run(["set", path, "-1"], "body")).ShouldBe(new CommandResult(0, "1\n", ""));
        (await Run(["get", path])).ShouldBe(new CommandResult(0, "body", ""));
        (await Run(["get", "/?"])).Error.ShouldBe("doozer: The path '/?' is not valid: the character '?' is not allowed.\n");
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("-?")]
    public async Task Help_has_three_names(string name)
    {
        (await CommandLine.Run("", name)).Output.ShouldContain("Commands:");
        (await CommandLine.Run("", "get", name)).Output.ShouldContain("<PATH>");
    }

    [Fact]
    public async Task No_argument_stands_for_what_a_file_holds()
    {
        using var folder = new TemporaryDirectory();
        string file = Path.Combine(folder.Path, "arguments");
        await File.WriteAllTextAsync(file, "/a", TestContext.Current.CancellationToken);
        (await Run(["get", "@" + file])).Error.ShouldBe($"doozer: The path '@{file}' is not valid: it must begin with '/'.\n");
        (await CommandLine.Run("", "@" + file)).Error.ShouldStartWith($"doozer: There is no command '@{file}'.\n");
    }

    [Theory]
    [InlineData("--nope", "get", "--nope", "/x")]
    [InlineData("--nope", "get", "/x", "--nope")]
    [InlineData("--nope=1", "get", "--nope=1")]
    [InlineData("-x", "set", "/x", "-x", "-1")]
    [InlineData("--nope", "serve", "--nope")]
    public async Task An_unknown_option_is_named_and_nothing_else(string option, params string[] arguments) =>
        (await CommandLine.Run("", arguments)).ShouldBe(new CommandResult(
            2, "", $"doozer: 'doozer {arguments[0]}' has no option '{option}'.\nTry 'doozer {arguments[0]} --help'.\n"));

    [Theory]
    [InlineData("There is no command 'gett'; perhaps you mean 'get'.\nTry 'doozer --help'.", "gett", "--local", "/x")]
    [InlineData("'doozer' has no option '--local'.\nTry 'doozer --help'.", "--local")]
    public async Task A_command_comes_before_its_options(string message, params string[] arguments) =>
        (await CommandLine.Run("", arguments)).Error.ShouldBe($"doozer: {message}\n");

    [Fact]
    public async Task After_two_dashes_nothing_is_an_option() =>
        (await CommandLine.Run("", "snapshot", "verify", "--", "--nope")).Error
            .ShouldStartWith("doozer: The snapshot '--nope' cannot be read: ");

    [Theory]
    [InlineData("The path '\\u001b[31m\\u000a' is not valid: it must begin with '/'.", "get", "\u001b[31m\n")]
    [InlineData("'\\u009b1m' is not an address: use http://HOST:PORT.", "rev", "-a", "\u009b1m")]
    [InlineData("--id: the node id '\\u0007' is not valid", "serve", "--id", "\a")]
    [InlineData("There is no command 'x\\u001b'.", "x\u001b")]
    [InlineData("'doozer get' has no option '--\\u001b'.", "get", "--\u001b")]
    [InlineData("'\\u000a' not recognized. Must be one of: 'write' 'read' 'local-read' 'mixed'", "bench", "--op", "\n")]
    public async Task No_argument_gives_orders_to_the_terminal(string message, params string[] arguments)
    {
        string error = (await CommandLine.Run("", arguments)).Error;
        error.ShouldStartWith("doozer: ");
        error.ShouldContain(message);
        error.Replace("\n", "").Any(char.IsControl).ShouldBeFalse();
    }

    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:8000/")]
    [InlineData("myhost", "http://myhost:8000/")]
    [InlineData("myhost/", "http://myhost:8000/")]
    [InlineData("[::1]", "http://[::1]:8000/")]
    [InlineData("[::1]:80", "http://[::1]/")]
    [InlineData("myhost:80", "http://myhost/")]
    [InlineData("http://myhost", "http://myhost/")]
    [InlineData("https://myhost", "https://myhost/")]
    public void A_host_without_a_port_is_a_node_and_a_URL_is_a_URL(string address, string url)
    {
        using StoreClient client = StoreOptions.Client(address, "main");
        client.Address.ShouldBe(new Uri(url));
    }

    [Fact]
    public async Task A_node_is_said_to_have_no_TLS() =>
        (await CommandLine.Run("", "nop", "-a", $"https://{_node.Address.Authority}")).Error
            .ShouldMatch(@"^doozer: https://.*/ gives no TLS connection \(.+\); a node itself has only http://\.\n$");

    [Theory]
    [InlineData("plain äöü", "plain äöü")]
    [InlineData("a\r\n\tb\u007f\u009b", "a\\u000d\\u000a\\u0009b\\u007f\\u009b")]
    public void Control_characters_are_printed_as_what_they_are(string text, string printed) =>
        Printable.Line(text).ShouldBe(printed);

    private Task<CommandResult> Run(string[] arguments, string input = "") =>
        CommandLine.Run(input, [.. arguments, "-a", _node.Address.ToString()]);
}

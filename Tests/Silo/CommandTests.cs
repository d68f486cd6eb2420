using System.Net;
using System.Net.Sockets;
using Doozer.Silo.Commands;
using Doozer.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Doozer.Tests.Silo;

public sealed class CommandTests : IAsyncLifetime
{
    // Nothing listens on the discard port of a loopback address that nobody uses.
    private const string Nowhere = "http://127.9.9.9:9";

    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Files_are_written_and_read()
    {
        (await Run("add /app/name", "hello\n")).ShouldBe(new CommandResult(0, "1\n", ""));
        (await Run("get /app/name")).ShouldBe(new CommandResult(0, "hello\n", ""));
        (await Run("set /app/name 1", "again")).ShouldBe(new CommandResult(0, "2\n", ""));
        (await Run("get /app/name -r 1")).Output.ShouldBe("hello\n");
        (await Run("get /app/name --local")).Output.ShouldBe("again");
        (await Run("stat /app/name")).Output.ShouldBe("file 2 5\n");
        (await Run("stat /app")).Output.ShouldBe("directory 0 1\n");
        (await Run("set /app/name -1", "clobbered")).Output.ShouldBe("3\n");
        (await Run("del /app/name 3")).Output.ShouldBe("4\n");
        (await Run("nop")).Output.ShouldBe("5\n");
        (await Run("rev")).Output.ShouldBe("5\n");
    }

    [Fact]
    public async Task Listings_print_names_and_paths()
    {
        foreach (string path in new[] { "/a", "/d/b", "/d/e/c" })
            await Run($"add {path}", path);
        (await Run("ls /")).Output.ShouldBe("a\nd/\n");
        (await Run("ls /d")).Output.ShouldBe("b\ne/\n");
        (await Run("find /")).Output.ShouldBe("/a\n/d/b\n/d/e/c\n");
        (await Run("find /d/e")).Output.ShouldBe("/d/e/c\n");
        (await Run("find /a")).Output.ShouldBe("/a\n");
        (await Run("walk /d/*")).Output.ShouldBe("/d/b 2 4\n/d/b\n");
        (await Run("walk /** -r 1")).Output.ShouldBe("/a 1 2\n/a\n");
        (await Run("walk /** -n other")).Output.ShouldBeEmpty();

        // A page may have no file and yet not be the last.
        _node.Main.MostLooks = 1;
        (await Run("find /")).Output.ShouldBe("/a\n/d/b\n/d/e/c\n");
        (await Run("walk /d/e/*")).Output.ShouldBe("/d/e/c 3 6\n/d/e/c\n");
    }

    [Fact]
    public async Task Wait_prints_the_first_event()
    {
        await Run("add /a", "x");
        await Run("del /a 1");
        (await Run("wait /** -r 1")).Output.ShouldBe("1 set /a 1\nx\n");
        (await Run("wait /** -r 2")).Output.ShouldBe("2 del /a\n");
    }

    [Fact]
    public async Task Self_status_and_version_are_told()
    {
        (await Run("self")).Output.ShouldBe("n1 http://127.0.0.1:3\n");
        (await Run("version")).Output.ShouldMatch(@"^\d+\.\d+\.\d+\n$");
        string status = (await Run("status")).Output;
        status.ShouldContain("leader n1 with ballot 3.n1");
        status.ShouldContain("replica n2 up, slot 6, 1 behind");
        status.ShouldContain("replica n3 down, progress not known");
    }

    [Fact]
    public async Task A_revision_mismatch_has_its_own_exit_status()
    {
        await Run("add /a", "x");
        CommandResult again = await Run("add /a", "y");
        again.ExitCode.ShouldBe(1);
        again.Output.ShouldBeEmpty();
        again.Error.ShouldBe("doozer: The file '/a' is at revision 1, newer than 0.\n");
    }

    [Theory]
    [InlineData("get /missing", "There is nothing at '/missing'.")]
    [InlineData("stat /missing", "There is nothing at '/missing'.")]
    [InlineData("find /missing", "There is nothing at '/missing'.")]
    [InlineData("ls /missing", "There is nothing at '/missing'.")]
    [InlineData("del /missing -1", "There is nothing at '/missing'.")]
    [InlineData("get relative", "The path 'relative' is not valid: it must begin with '/'.")]
    [InlineData("get //a", "it has an empty name")]
    [InlineData("get /a/", "it ends with '/'")]
    [InlineData("get /a/../b", "the name '..' is not allowed")]
    [InlineData("get /ä", "the character U+00E4 is not allowed")]
    [InlineData("add /ctl/x", "belongs to the system")]
    [InlineData("walk nonsense", "is not valid")]
    [InlineData("get /a -r 7", "does not exist yet")]
    [InlineData("set /a x", "doozer: The revision 'x' is not a number.\n")]
    [InlineData("get /a -r 1.5", "doozer: The revision '1.5' is not a number.\n")]
    [InlineData("status -n clustering", "doozer: The namespace 'clustering' is not valid: the name belongs to the system.\n")]
    [InlineData("status -n Clustering", "doozer: The namespace 'Clustering' is not valid: the name belongs to the system.\n")]
    [InlineData("snapshot restore f --data d --id n@1", "doozer: --id: the node id 'n@1' is not valid")]
    [InlineData(
        "serve --peers n1=192.0.2.7",
        "doozer: --peers: cannot listen on 192.0.2.7:11111: this machine does not have that address.\n")]
    [InlineData(
        "serve --silo 192.0.2.7:1",
        "doozer: --silo: cannot listen on 192.0.2.7:1: this machine does not have that address.\n")]
    [InlineData("serve --peers n2=127.0.0.1:1", "doozer: --peers must name this node 'n1' too; it names n2.\n")]
    [InlineData(
        "serve --peers n1=127.0.0.1,n2=192.0.2.2",
        "n2 at http://192.0.2.2:8000/ is not on the loopback interface, and there is no secret")]
    [InlineData("serve --peers n1=192.0.2.7 --id ", "doozer: --id is blank: give it a value or leave it out.\n")]
    [InlineData("up --data ", "doozer: --data is blank: give it a value or leave it out.\n")]
    [InlineData("bench --gateway here", "doozer: --gateway needs HOST:PORT, not 'here'.\n")]
    [InlineData("up --nodes 10", "doozer: --nodes is '10'; give a whole number from 1 to 9.\n")]
    [InlineData("up --http-port x", "doozer: --http-port is 'x'; give a whole number from 1 to 65526.\n")]
    [InlineData("frobnicate", "doozer: There is no command 'frobnicate'.\nTry 'doozer --help'.\n")]
    [InlineData("stauts", "doozer: There is no command 'stauts'; perhaps you mean 'status'.\nTry 'doozer --help'.\n")]
    [InlineData(
        "snapshot restroe",
        "doozer: There is no command 'restroe'; perhaps you mean 'restore'.\nTry 'doozer snapshot --help'.\n")]
    [InlineData("help frobnicate", "doozer: There is no command 'frobnicate'.\nTry 'doozer --help'.\n")]
    [InlineData("snapshot forget", "doozer: There is no command 'forget'.\nTry 'doozer snapshot --help'.\n")]
    [InlineData("get", "doozer: 'doozer get' needs PATH.\nTry 'doozer get --help'.\n")]
    [InlineData("set /a", "doozer: 'doozer set' needs REV.\nTry 'doozer set --help'.\n")]
    [InlineData("leader transfer", "doozer: 'doozer leader transfer' needs NODE.\nTry 'doozer leader transfer --help'.\n")]
    [InlineData("snapshot verify", "doozer: 'doozer snapshot verify' needs FILE.\nTry 'doozer snapshot verify --help'.\n")]
    [InlineData("get /../rev", "doozer: The path '/../rev' is not valid: the name '..' is not allowed.\n")]
    [InlineData("find /./a", "doozer: The path '/./a' is not valid: the name '.' is not allowed.\n")]
    [InlineData("set /.. -1", "doozer: The path '/..' is not valid: the name '..' is not allowed.\n")]
    [InlineData("set /a -1 --file /no/such/file", "doozer: Could not find a part of the path '/no/such/file'.\n")]
    [InlineData("add /a --file /", "doozer: '/' is a directory and has no body.\n")]
    public async Task Anything_else_exits_with_2_and_a_message(string arguments, string message)
    {
        CommandResult outcome = await Run(arguments, "body");
        outcome.ExitCode.ShouldBe(2);
        outcome.Output.ShouldBeEmpty();
        outcome.Error.ShouldStartWith("doozer: ");
        outcome.Error.ShouldContain(message);
    }

    [Theory]
    [InlineData("--silo")]
    [InlineData("--gateway")]
    [InlineData("--http")]
    public async Task A_port_in_use_is_named_with_its_flag(string flag)
    {
        string[] flags = ["--silo", "--gateway", "--http"];
        Dictionary<string, TcpListener> ports = flags.ToDictionary(name => name, _ => new TcpListener(IPAddress.Loopback, 0));
        foreach (TcpListener port in ports.Values)
            port.Start();
        string[] arguments = ["serve", .. flags.SelectMany(name => new[] { name, ports[name].LocalEndpoint.ToString()! })];
        int inUse = ((IPEndPoint)ports[flag].LocalEndpoint).Port;
        foreach (TcpListener free in ports.Where(port => port.Key != flag).Select(port => port.Value))
            free.Dispose();
        (await CommandLine.Run("", arguments)).ShouldBe(new CommandResult(
            2, "", $"doozer: the {flag[2..]} port {inUse} ({flag}) is in use; does n1 run already? If not, give it another.\n"));
        ports[flag].Dispose();
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused() =>
        (await Run("add /big", new string('x', HttpNode.MaxBodyBytes + 1))).Error.ShouldContain("over the limit of 1000 bytes");

    [Fact]
    public async Task Without_a_store_the_address_is_named()
    {
        CommandResult outcome = await Run("get /a", address: Nowhere);
        outcome.ExitCode.ShouldBe(2);
        outcome.Error.ShouldContain($"{Nowhere}/ cannot be reached");
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("http://x/foo")]
    [InlineData("http://x/?a")]
    [InlineData("http://x#a")]
    [InlineData("http://me@x")]
    public async Task An_address_that_is_none_is_refused(string address) =>
        (await Run("get /a", address: address)).Error
            .ShouldBe($"doozer: '{address}' is not an address: use http://HOST:PORT.\n");

    [Fact]
    public async Task A_port_that_does_not_speak_HTTP_is_said_to_be_that_of_a_silo()
    {
        using var silo = new TcpListener(IPAddress.Loopback, 0);
        silo.Start();
        Task<CommandResult> command = Run("rev", address: silo.LocalEndpoint.ToString());
        using TcpClient client = await silo.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(new byte[8], TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        (await command).Error.ShouldBe($"doozer: http://{silo.LocalEndpoint}/ gave no whole answer in HTTP. It may have just " +
            "stopped, or be the port of a silo or a gateway: HTTP has one of its own, 8000 by default.\n");
    }

    [Fact]
    public async Task The_body_can_be_a_file()
    {
        using var folder = new TemporaryDirectory();
        string file = Path.Combine(folder.Path, "body");
        await File.WriteAllTextAsync(file, "from a file", TestContext.Current.CancellationToken);
        (await Run($"add /a --file {file}", "not this")).ShouldBe(new CommandResult(0, "1\n", ""));
        (await Run($"set /a 1 -f {file}", "not this")).ShouldBe(new CommandResult(0, "2\n", ""));
        (await Run("get /a")).Output.ShouldBe("from a file");
    }

    [Theory]
    [InlineData("help", "Commands:")]
    [InlineData("help leader transfer", "leader transfer <NODE>")]
    [InlineData("set --help", "--file")]
    public async Task Help_is_data(string arguments, string expected)
    {
        CommandResult outcome = await Run(arguments);
        outcome.ExitCode.ShouldBe(0);
        outcome.Output.ShouldContain(expected);
        outcome.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("wait /** -r 1", ReadMode.Linearizable)]
    [InlineData("wait /** -r 1 --local", ReadMode.Local)]
    public async Task Only_a_local_wait_is_content_with_a_node_that_is_cut_off(string command, ReadMode mode)
    {
        await _node.Main.Set("/a", "1"u8.ToArray(), -1, Guid.Empty);

        (await Run(command)).ExitCode.ShouldBe(ExitCode.Done);

        _node.Main.LastWait.ShouldBe(mode);
    }

    [Theory]
    [InlineData("get /a")]
    [InlineData("rev")]
    [InlineData("status")]
    [InlineData("add /a")]
    [InlineData("leader transfer n1")]
    public async Task A_server_of_something_else_is_not_taken_for_a_node(string arguments)
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapFallback("{*url}", () => Results.Content("<html>Hello.</html>", "text/html"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        string address = app.Urls.First();
        (await Run(arguments, "x", address)).ShouldBe(
            new CommandResult(2, "", $"doozer: {address}/ is no doozer node: its answer is not that of one.\n"));
    }

    [Fact]
    public async Task Leadership_is_transferred()
    {
        (await Run("leader transfer n2")).ShouldBe(new CommandResult(0, "", ""));
        _node.Main.TransferredTo.ShouldBe("n2");
        (await Run("leader transfer n3 -n other")).ShouldBe(new CommandResult(0, "", ""));
        _node.Main.TransferredTo.ShouldBe("n2");
        (await Run("leader transfer n9"))
            .ShouldBe(new CommandResult(2, "", "doozer: The argument 'node' is not valid: 'n9' is none of n1, n2, n3.\n"));
        (await _node.Send(HttpMethod.Post, "/v1/main/leader")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private Task<CommandResult> Run(string arguments, string input = "", string? address = null)
    {
        string[] args = [.. arguments.Split(' ')];
        if (args[0] is not ("version" or "frobnicate" or "snapshot" or "bench" or "up" or "serve" or "help")
            && args[^1] != "--help")
        {
            args = [.. args, "-a", address ?? _node.Address.ToString()];
        }

        return CommandLine.Run(input, args);
    }
}

using System.Net;
using System.Net.Sockets;
using Doozer.Silo.Serve;
using Doozer.Storage;
using Doozer.Tests.Storage;
using Microsoft.Extensions.Configuration;

namespace Doozer.Tests.Silo;

/// <summary>What keeps a node from joining before anybody is asked to take it into the list, and from starting again.</summary>
public sealed class JoiningTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_node_whose_port_is_taken_is_in_no_list()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        (await Refusal(_folder.Path, ("http", $"127.0.0.1:{port}"))).ShouldStartWith($"the http port {port} (--http) is in use");
    }

    [Fact]
    public async Task A_node_whose_folder_is_no_folder_is_in_no_list()
    {
        string file = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        (await Refusal(file)).ShouldStartWith($"--data: '{file}' cannot be used:");
    }

    [Fact]
    public async Task The_folder_of_another_node_is_no_place_for_one_that_joins()
    {
        string wrong = $"'{_folder.Path}' has the data of node n1, not of n4: give n4 a data directory of its own.";
        DataDirectory.Open(_folder.Path, "doozer", "n1").Dispose();
        (await Refusal(_folder.Path)).ShouldBe(wrong);
        Known("n1").Write(_folder.Path);
        (await Refusal(_folder.Path)).ShouldBe(wrong);
        Should.Throw<SettingsException>(() => NodeSettings.Read(Section(("id", "n4"), ("data", _folder.Path)), HostPort.LookUp))
            .Message.ShouldBe(wrong);
    }

    /// <summary>Where it was killed, say, between being taken into the list and hearing of it.</summary>
    [Fact]
    public async Task A_node_that_has_begun_to_join_begins_no_cluster_of_its_own()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var joining = new Joining(Joins(_folder.Path), _ => stop.Cancel(), TimeProvider.System);
        await Should.ThrowAsync<OperationCanceledException>(() => joining.JoinIfAsked(stop.Token));
        IConfigurationSection alone = Section(("data", _folder.Path));
        Should.Throw<SettingsException>(() => NodeSettings.Read(alone, HostPort.LookUp))
            .Message.ShouldContain("give --join again");
        Known("n1").Write(_folder.Path);
        NodeSettings.Read(alone, HostPort.LookUp).Id.ShouldBe("n1");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"cluster":"c","node":"n1","address":"/x","founders":{"n1":"http://a:1"},"origin":""}""")]
    [InlineData("""{"cluster":"c","node":"n1","address":"http://a:1","founders":{"n1":null},"origin":""}""")]
    [InlineData("""{"cluster":"a b","node":"n1","address":"http://a:1","founders":{"n1":"http://a:1"},"origin":""}""")]
    public void A_damaged_file_of_the_cluster_is_named_with_what_to_do(string text)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "cluster.json"), text);
        Should.Throw<SettingsException>(() => ClusterFile.Read(_folder.Path))
            .Message.ShouldContain("Give --peers, or delete it and give --join again.");
    }

    [Fact]
    public void A_file_of_the_cluster_from_a_later_program_is_refused_and_one_from_before_versions_is_read()
    {
        string path = Path.Combine(_folder.Path, "cluster.json");
        Known("n1").Write(_folder.Path);
        string text = File.ReadAllText(path);
        text.ShouldStartWith("{\n  \"version\": 1,");
        File.WriteAllText(path, text.Replace("\"version\": 1", "\"version\": 2, \"later\": true", StringComparison.Ordinal));
        Should.Throw<SettingsException>(() => ClusterFile.Read(_folder.Path))
            .Message.ShouldContain("has version 2, and this program knows 1 at most");

        File.WriteAllText(path, text.Replace("\"version\": 1,", "", StringComparison.Ordinal));
        ClusterFile.Read(_folder.Path)!.Write(_folder.Path);
        File.ReadAllText(path).ShouldBe(text);
    }

    private static ClusterFile Known(string node) => new(
        "doozer", node, new Uri("http://127.0.0.1:6"),
        new Dictionary<string, Uri> { [node] = new("http://127.0.0.1:6") }, 0, 0, "");

    private static async Task<string> Refusal(string data, params (string Key, string Value)[] settings)
    {
        var joining = new Joining(Joins(data, settings), static _ => { }, TimeProvider.System);
        return (await Should.ThrowAsync<SettingsException>(
            () => joining.JoinIfAsked(TestContext.Current.CancellationToken))).Message;
    }

    private static IConfigurationSection Joins(string data, params (string Key, string Value)[] settings) => Section(
        [("id", "n4"), ("data", data), ("http", "127.0.0.1:18437"), ("join", "127.0.0.1:1"), .. settings]);

    private static IConfigurationSection Section(params (string Key, string Value)[] settings)
    {
        var flags = new Dictionary<string, string?>();
        foreach ((string key, string value) in settings)
            flags[key] = value;
        var configuration = new ConfigurationBuilder();
        configuration.AddDoozer(flags, static _ => null);
        return configuration.Build().GetSection("Doozer");
    }
}

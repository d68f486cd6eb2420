using System.Reflection;
using Doozer.Grains;
using Doozer.Node;
using Doozer.Silo.Serve;
using Doozer.Tests.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Silo;

public sealed class StartFailureTests
{
    // Broken promises of the program, and an error of the commands that read snapshot files.
    private static readonly string[] NotWhileStarting =
        ["InvalidCommandException", "SafetyViolationException"];

    [Theory]
    [InlineData("{ \"Doozer\": { \"id\" ", "Expected a value, but instead reached end of data.")]
    [InlineData("[1]", "Top-level JSON element must be an object.")]
    [InlineData("", "The input does not contain any JSON tokens.")]
    public void Appsettings_that_are_not_JSON_are_named_with_what_is_wrong(string text, string fault)
    {
        using var folder = new TemporaryDirectory();
        string file = Path.Combine(folder.Path, "appsettings.json");
        File.WriteAllText(file, text);
        string told = Told(() => new ConfigurationBuilder().AddJsonFile(file).Build());
        told.ShouldStartWith($"doozer: Failed to load configuration from file '{file}': ");
        told.ShouldContain(fault);
    }

    [Fact]
    public void A_value_of_another_type_is_named() =>
        Told(() => Configuration("SnapshotLogBytes", "abc").Bind(new Doozer.Grains.DoozerOptions()))
            .ShouldStartWith("doozer: Failed to convert configuration value 'abc' at 'SnapshotLogBytes'");

    [Fact]
    public void A_log_level_that_is_none_is_named() =>
        Told(() =>
        {
            using ServiceProvider services = new ServiceCollection()
                .AddLogging(logging => logging.AddConfiguration(Configuration("LogLevel:Default", "loud")))
                .BuildServiceProvider();
            services.GetRequiredService<ILoggerFactory>();
        }).ShouldBe("doozer: Configuration value 'loud' is not supported.");

    [Fact]
    public void An_error_for_operators_is_told_in_a_sentence_wherever_its_type_stands() =>
        StartFailure.Describe(new InvalidOperationException("The host failed.", new ElsewhereException()))
            .ShouldBe("doozer: The disk is on fire; put it out.");

    [Fact]
    public async Task A_node_that_stops_itself_while_it_starts_says_why_and_not_that_it_was_told_to()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<INodeFailure>(new FullDisk());
        builder.Services.AddHostedService<BrokenOff>();
        await using WebApplication app = builder.Build();
        Exception failure = await Should.ThrowAsync<Exception>(Server.Starts(app, TestContext.Current.CancellationToken));
        StartFailure.Describe(failure).ShouldBe("doozer: The disk is full: make room.");
    }

    [Fact]
    public void Every_exception_type_of_ours_says_whether_it_is_for_operators()
    {
        Assembly[] product =
        [
            typeof(DoozerException).Assembly,
            typeof(Doozer.Grains.DoozerOptions).Assembly,
            typeof(Doozer.Client.IDoozerClient).Assembly,
            typeof(StartFailure).Assembly,
        ];
        IEnumerable<Type> unmarked = product.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsAssignableTo(typeof(Exception)) && !type.IsAssignableTo(typeof(IOperatorError)));
        unmarked.Select(type => type.Name).Order().ShouldBe(NotWhileStarting);
    }

    [Fact]
    public void What_nobody_foresaw_gets_a_stack_trace() =>
        StartFailure.Describe(Should.Throw<InvalidOperationException>(() => new Queue<int>().Dequeue())).ShouldContain("   at ");

    private static string Told(Action start)
    {
        string text = StartFailure.Describe(Should.Throw<Exception>(start));
        text.ShouldNotContain("\n");
        text.ShouldEndWith(".");
        return text;
    }

    private static IConfiguration Configuration(string key, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>(key, value)]).Build();

    private sealed class FullDisk : INodeFailure
    {
        public string Reason => "The disk is full: make room.";
    }

    private sealed class BrokenOff : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) =>
            throw new InvalidOperationException("Lifecycle start canceled by request");

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class ElsewhereException() : Exception("The disk is on fire; put it out."), IOperatorError;
}

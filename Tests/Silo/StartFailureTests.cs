using Doozer.Silo.Serve;
using Doozer.Tests.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Silo;

public sealed class StartFailureTests
{
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
}

using Doozer.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Doozer.Tests.Client;

public sealed class OptionsTests
{
    public static TheoryData<Action<DoozerClientOptions>, string> Wrong => new()
    {
        { options => options.Namespace = "", "Namespace" },
        { options => options.RequestTimeout = TimeSpan.Zero, "RequestTimeout is 00:00:00" },
        { options => options.AttemptTimeout = TimeSpan.FromSeconds(11), "AttemptTimeout is 00:00:11" },
        { options => options.MinBackoff = TimeSpan.FromSeconds(-1), "MinBackoff is -00:00:01" },
        { options => options.MaxBackoff = TimeSpan.FromMilliseconds(1), "MaxBackoff is 00:00:00.0010000" },
        { options => options.PollTimeout = TimeSpan.FromSeconds(31), "PollTimeout is 00:00:31" },
        { options => options.MaxInFlight = 0, "MaxInFlight is 0" },
        { options => options.PageSize = 1001, "PageSize is 1001" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_value_out_of_range_is_refused_and_named(Action<DoozerClientOptions> change, string expected)
    {
        using ServiceProvider services = new ServiceCollection().AddDoozerClient(change).BuildServiceProvider();
        IOptions<DoozerClientOptions> options = services.GetRequiredService<IOptions<DoozerClientOptions>>();
        Should.Throw<OptionsValidationException>(() => options.Value).Message.ShouldContain(expected);
    }

    [Fact]
    public void The_defaults_are_valid()
    {
        using ServiceProvider services = new ServiceCollection().AddDoozerClient().BuildServiceProvider();
        services.GetRequiredService<IOptions<DoozerClientOptions>>().Value.Namespace.ShouldBe("main");
    }
}

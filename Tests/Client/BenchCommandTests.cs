using Doozer.Silo;
using Doozer.Silo.Bench;
using Doozer.Silo.Commands;
using Doozer.Silo.Serve;

namespace Doozer.Tests.Client;

public sealed class BenchCommandTests
{
    [Theory]
    [InlineData("--clients 0", "--clients is '0'; give a whole number from 1 to 10000.")]
    [InlineData("--seconds soon", "--seconds is 'soon'; give a whole number from 1 to 3600.")]
    [InlineData("--size 1048577", "--size is '1048577'; give a whole number from 0 to 1048576.")]
    [InlineData("--keys -1", "--keys is '-1'; give a whole number from 1 to 1000000.")]
    public void A_number_out_of_range_is_one_clear_sentence(string flags, string expected)
    {
        BenchCommand.Create(CommandConsole.System()).Parse(flags).Errors.Select(error => error.Message).ShouldBe([expected]);
    }

    [Fact]
    public void An_unknown_operation_is_refused()
    {
        BenchCommand.Create(CommandConsole.System()).Parse("--op fly").Errors.ShouldHaveSingleItem().Message.ShouldContain("fly");
    }

    [Fact]
    public void All_flags_have_defaults()
    {
        BenchCommand.Create(CommandConsole.System()).Parse("").Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData(":30000")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:30000,")]
    public void A_gateway_that_does_not_parse_is_named(string text)
    {
        Should.Throw<SettingsException>(() => BenchCommand.ParseGateways(text)).Message.ShouldStartWith("--gateway needs ");
    }

    [Fact]
    public void Several_gateways_are_taken_in_order()
    {
        BenchCommand.ParseGateways("127.0.0.1:30000, [::1]:30001")
            .Select(each => each.ToString())
            .ShouldBe(["127.0.0.1:30000", "[::1]:30001"]);
    }
}

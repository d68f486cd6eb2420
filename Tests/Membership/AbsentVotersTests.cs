using Doozer.Node;
using Doozer.Tests.Client;

namespace Doozer.Tests.Membership;

public sealed class AbsentVotersTests
{
    [Fact]
    public void Only_one_that_was_away_all_the_time_is_away_for_long()
    {
        var time = new VirtualTime();
        var absent = new AbsentVoters(time);
        var limit = TimeSpan.FromMinutes(1);
        absent.LongestOver(limit, ["n2", "n3"]).ShouldBeNull();
        time.Pass(TimeSpan.FromSeconds(50));
        absent.LongestOver(limit, ["n3"]).ShouldBeNull();
        absent.LongestOver(limit, ["n2", "n3"]).ShouldBeNull();
        time.Pass(TimeSpan.FromSeconds(10));
        absent.LongestOver(limit, ["n2", "n3"]).ShouldBe("n3");
        absent.LongestOver(limit, ["n2"]).ShouldBeNull();
        time.Pass(TimeSpan.FromSeconds(50));
        absent.LongestOver(limit, ["n2"]).ShouldBe("n2");
        absent.LongestOver(limit, []).ShouldBeNull();
    }
}

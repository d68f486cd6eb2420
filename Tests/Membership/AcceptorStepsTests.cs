using Doozer.Node;

namespace Doozer.Tests.Membership;

public sealed class AcceptorStepsTests
{
    [Theory]
    [InlineData("n1 n2 n3", "n1 n2 n3", "", "")]
    [InlineData("n1", "n1 n2", "", "n1 n2")]
    [InlineData("n1", "n1 n2 n3", "n2", "n1 n3 | n1 n2")]
    [InlineData("n1 n2 n3", "n1 n2", "", "n1 n2")]
    [InlineData("n1 n2 n3", "n1 n2 n4", "n3", "n1 n2 n4")]
    [InlineData("n1 n2 n3", "n4 n5 n6", "n2", "n1 n3 n4 | n1 n3 n5 | n1 n3 n6")]
    [InlineData("n1 n2 n3 n4 n5", "n1 n2 n3", "n5", "n1 n2 n3 n4")]
    [InlineData("n1 n2", "n3 n4 n5", "", "n1 n2 n3 | n1 n2 n4 | n1 n2 n5")]
    [InlineData("n1 n2 n3 n4", "n1 n2 n5", "", "n1 n2 n4 n5 | n1 n2 n4")]
    public void One_comes_or_goes_or_takes_a_place_at_a_time(string now, string wanted, string missing, string steps) =>
        string.Join(" | ", AcceptorSteps.From(Nodes(now), Nodes(wanted), Nodes(missing))
            .Select(step => string.Join(' ', step.Order(StringComparer.Ordinal))))
            .ShouldBe(steps);

    /// <summary>Whatever is wished for in whatever order, it is reached, with never fewer than needed on the way.</summary>
    [Fact]
    public void Any_acceptors_are_reached_from_any_by_steps_of_one()
    {
        var random = new Random(5);
        string[] all = ["n1", "n2", "n3", "n4", "n5", "n6", "n7"];
        for (int round = 0; round < 500; round++)
        {
            string[] now = Draw();
            string[] wanted = Draw();
            int least = Math.Min(now.Length, wanted.Length);
            for (int steps = 0; AcceptorSteps.From(now, wanted, Draw()).ToArray() is { Length: > 0 } choices; steps++)
            {
                string[] next = choices[random.Next(choices.Length)];
                next.Except(now).Count().ShouldBeLessThanOrEqualTo(1);
                now.Except(next).Count().ShouldBeLessThanOrEqualTo(1);
                next.Length.ShouldBeGreaterThanOrEqualTo(least);
                steps.ShouldBeLessThan(15);
                now = next;
            }

            now.Order().ShouldBe(wanted.Order());
        }

        string[] Draw() => [.. all.OrderBy(_ => random.Next()).Take(random.Next(1, 6))];
    }

    private static string[] Nodes(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

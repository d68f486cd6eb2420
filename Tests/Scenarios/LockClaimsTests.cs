using Doozer.Chaos.Locks;

namespace Doozer.Tests.Scenarios;

public sealed class LockClaimsTests
{
    private readonly LockClaims _claims = new();

    [Fact]
    public void One_after_the_other_may_have_the_lock()
    {
        _claims.Had(7, from: 10, to: 20);
        _claims.Had(9, from: 31, to: 35);
        _claims.Had(7, from: 10, to: 30);
        _claims.FindViolation().ShouldBeNull();
        _claims.Taken.ShouldBe(2);
    }

    [Fact]
    public void Two_at_once_are_noticed_whoever_tells_first()
    {
        _claims.Had(9, from: 25, to: 35);
        _claims.Had(7, from: 10, to: 20);
        _claims.Had(7, from: 10, to: 30);
        _claims.FindViolation().ShouldBe("the lock was held under the token 7 until 30, and under 9 from 25 on");
    }

    [Fact]
    public void A_lower_token_for_one_who_came_later_is_noticed()
    {
        _claims.Had(9, from: 10, to: 20);
        _claims.Had(7, from: 30, to: 40);
        _claims.FindViolation().ShouldNotBeNull();
    }

    [Fact]
    public void Writes_of_late_holders_are_refused()
    {
        _claims.Write(7);
        _claims.Write(9);
        _claims.Write(7);
        _claims.Write(9);
        _claims.Writes.ShouldBe((3, 1));
    }
}

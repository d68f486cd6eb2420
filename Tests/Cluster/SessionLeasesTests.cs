using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tests.Client;
using Doozer.Tree;

namespace Doozer.Tests.Cluster;

public sealed class SessionLeasesTests
{
    private static readonly Ballot First = new(1, "n1");
    private static readonly Ballot Second = new(2, "n1");

    private readonly VirtualTime _time = new();
    private readonly VersionedTree _tree = new(new TreeOptions());
    private readonly SessionLeases _leases;

    public SessionLeasesTests() => _leases = new SessionLeases(_time, new SessionRules());

    [Fact]
    public void A_session_lives_for_its_ttl_from_the_newest_sign_of_life()
    {
        long id = Open(10);
        _leases.Begin(First, _tree.Sessions);
        Pass(4);
        long called = _time.GetTimestamp();
        Pass(3);
        _leases.Renew(id, called).ShouldBeTrue();
        Pass(7);
        Expired().ShouldBeEmpty("ten seconds from the call are not over");
        Pass(0.001);
        Expired().ShouldBe([id]);
        Expired().ShouldBeEmpty("it is taken out once");
        _leases.Renew(id, _time.GetTimestamp()).ShouldBeFalse("it is about to be closed");
    }

    [Fact]
    public void A_new_leader_gives_each_its_full_ttl()
    {
        long id = Open(10);
        _leases.Begin(First, _tree.Sessions);
        Pass(9);
        _leases.End();
        _leases.Renew(id, _time.GetTimestamp()).ShouldBeFalse("it does not lead");
        Pass(9);
        _leases.Begin(Second, _tree.Sessions);
        Pass(9);
        Expired().ShouldBeEmpty();
        Pass(1.001);
        Expired().ShouldBe([id]);
    }

    [Fact]
    public void One_that_was_opened_since_is_known_and_one_that_was_closed_is_not()
    {
        _leases.Begin(First, _tree.Sessions);
        long id = Open(10);
        _leases.Opened(id);
        Pass(5);
        _leases.Opened(id);
        long other = Open(2);
        _leases.Opened(other);
        _tree.Apply(Command.CloseSession(other));
        _leases.Renew(other, _time.GetTimestamp()).ShouldBeFalse();
        _leases.Renew(99, _time.GetTimestamp()).ShouldBeFalse();
        Pass(5.001);
        Expired().ShouldBe([id], "that it was asked for again is no sign of life");
    }

    [Fact]
    public void Those_that_end_together_are_taken_out_a_few_at_a_time()
    {
        for (int i = 0; i < 5; i++)
            Open(1);
        _leases.Begin(First, _tree.Sessions);
        Pass(2);
        _leases.TakeExpired(3).Count.ShouldBe(3);
        _leases.TakeExpired(3).Count.ShouldBe(2);
        Pass(2);
        _leases.TakeExpired(9).Count.ShouldBe(5, "their closing got lost");
    }

    [Fact]
    public void One_whose_closing_was_not_proposed_is_taken_out_again_or_lives_on()
    {
        long[] ids = [Open(1), Open(1), Open(9)];
        _leases.Begin(First, _tree.Sessions);
        Pass(2);
        List<long> expired = Expired();
        expired.Order().ShouldBe(ids[..2]);
        _leases.TakeBack(expired);
        _leases.TakeBack([ids[2], 99]);
        _leases.Renew(ids[0], _time.GetTimestamp()).ShouldBeTrue("nothing was done yet");
        Expired().ShouldBe([ids[1]]);
        _tree.Apply(Command.CloseSession(ids[1]));
        Pass(8);
        Expired().Order().ShouldBe([ids[0], ids[2]]);
    }

    private List<long> Expired() => _leases.TakeExpired(10);

    private long Open(int seconds) => _tree.Apply(Command.OpenSession(TimeSpan.FromSeconds(seconds), default)).Revision;

    private void Pass(double seconds) => _time.Pass(TimeSpan.FromSeconds(seconds));
}

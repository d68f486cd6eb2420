using System.Text;
using Doozer.Tree;
using static Doozer.Tests.Tree.TreeCodec;

namespace Doozer.Tests.Tree;

public sealed class SessionTests
{
    private readonly VersionedTree _tree = new(new TreeOptions());

    [Fact]
    public void A_session_has_a_file_that_tells_its_ttl_and_owner()
    {
        _tree.Apply(Command.Nop());
        long id = Open();
        id.ShouldBe(2);
        _tree.Publish();
        Encoding.UTF8.GetString(_tree.Latest.Lookup("/ctl/session/2").Body).ShouldBe("10000 web");
        Session session = _tree.Sessions.Find(id).ShouldNotBeNull();
        (session.Id, session.Ttl).ShouldBe((2, TimeSpan.FromSeconds(10)));
        Close(id).ShouldBe(new ApplyResult(Outcome.Done, 3));
        Close(id).ShouldBe(new ApplyResult(Outcome.SessionExpired, 0));
    }

    [Fact]
    public void Its_end_deletes_all_that_it_holds_as_one_transaction()
    {
        long id = Open();
        long other = Open();
        foreach (string path in new[] { "/c", "/a", "/b", "/d", "/e" })
            Hold(path, id);
        Hold("/b", 0);
        Hold("/d", other);
        _tree.Apply(Command.Del("/e", -1));
        Close(id).Revision.ShouldBe(13);
        _tree.Publish();
        Events(_tree)[^3..].ShouldBe(
        [
            "11 Del /a (0 bytes) 0 13 ",
            "12 Del /c (0 bytes) 0 13 ",
            "13 Del /ctl/session/1 (0 bytes) 0 13 ",
        ]);
        _tree.Latest.Lookup("/b").Session.ShouldBe(0);
        _tree.Latest.Lookup("/d").Session.ShouldBe(other);
    }

    [Fact]
    public void What_is_over_holds_nothing()
    {
        long id = Open();
        Close(id);
        _tree.Apply(Command.Set("/a", default, 0) with { Session = id }).ShouldBe(new ApplyResult(Outcome.SessionExpired, 0));
        _tree.Apply(Command.Transaction([Command.Check("/a", 0), Held("/a", id)]))
            .ShouldBe(new ApplyResult(Outcome.SessionExpired, 0, 1));
        _tree.Apply(Command.Set("/a", default, 0) with { Session = 99 }).Outcome.ShouldBe(Outcome.SessionExpired);
    }

    [Fact]
    public void A_session_that_holds_all_it_may_still_changes_what_it_holds()
    {
        long id = Open();
        for (int i = 0; i < Session.MaxFiles; i++)
            Hold($"/{i}", id);
        _tree.Apply(Held("/more", id)).Outcome.ShouldBe(Outcome.SessionFull);
        Hold("/1", id);
        _tree.Apply(Command.Del("/1", -1));
        Hold("/more", id);
        Close(id).Revision.ShouldBe(1 + Session.MaxFiles + 3 + Session.MaxFiles + 1);
        _tree.Publish();
        _tree.FileCount.ShouldBe(0);
    }

    [Fact]
    public void A_decoded_tree_knows_them_and_what_they_hold()
    {
        long id = Open();
        long empty = Open();
        Hold("/a", id);
        Hold("/b", 0);
        VersionedTree decoded = Decode(Encode(_tree), new TreeOptions());
        decoded.Sessions.All.Select(session => session.Id).Order().ShouldBe([id, empty]);
        decoded.Sessions.Find(id)!.Files.ShouldBe(["/a"]);
        decoded.Digest.ShouldBe(_tree.Digest);
        decoded.SkipTo(1_000_000);
        decoded.Apply(Command.CloseSession(id)).Revision.ShouldBe(1_000_002);
    }

    [Fact]
    public void Who_holds_a_file_is_part_of_the_digest()
    {
        long one = Open();
        long two = Open();
        VersionedTree other = Decode(Encode(_tree), new TreeOptions());
        _tree.Apply(Held("/a", one));
        other.Apply(Held("/a", two));
        other.Digest.ShouldNotBe(_tree.Digest);
    }

    [Fact]
    public void A_session_counts_towards_the_limit_of_the_files()
    {
        var open = Command.OpenSession(TimeSpan.FromSeconds(1), default);
        _tree.Apply(open with { TreeLimit = 100 }).Outcome.ShouldBe(Outcome.StoreFull);
        _tree.Apply(open with { TreeLimit = 1000 }).Outcome.ShouldBe(Outcome.Done);
    }

    private static Command Held(string path, long session) => Command.Set(path, default, -1) with { Session = session };

    private void Hold(string path, long session) => _tree.Apply(Held(path, session)).Outcome.ShouldBe(Outcome.Done);

    private long Open() => _tree.Apply(Command.OpenSession(TimeSpan.FromSeconds(10), "web"u8.ToArray())).Revision;

    private ApplyResult Close(long id) => _tree.Apply(Command.CloseSession(id));
}

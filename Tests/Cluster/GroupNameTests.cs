using Doozer.Replicas;
using Doozer.Storage.Format;
using Doozer.Tree;

namespace Doozer.Tests.Cluster;

/// <summary>The names of groups, and what a tree of main says of each.</summary>
public sealed class GroupNameTests
{
    [Theory]
    [InlineData("main", "main", 0)]
    [InlineData("orders+17", "orders", 17)]
    [InlineData("a.b-c_D9+281474976710655", "a.b-c_D9", 281474976710655)]
    public void A_group_is_named_after_its_namespace_and_the_revision_that_made_it(string text, string name, long generation)
    {
        var group = new GroupName(name, generation);
        group.ToString().ShouldBe(text);
        GroupName.Parse(text).ShouldBe(group);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@peers")]
    [InlineData("orders+")]
    [InlineData("orders+0")]
    [InlineData("orders+-1")]
    [InlineData("orders+1+2")]
    [InlineData("+1")]
    public void Anything_else_is_no_group(string text) => GroupName.Parse(text).ShouldBeNull();

    [Fact]
    public void The_longest_name_fits_into_the_header_of_a_snapshot()
    {
        var group = new GroupName(new string('n', Names.MaxLength), TreeEvent.MaxRevision);
        byte[] header = new byte[SnapshotHeader.Size];
        new SnapshotHeader(group.ToString(), 1, 1).Write(header);
        SnapshotHeader.Read(header, out string? fault).Group.ShouldBe(group.ToString());
        fault.ShouldBeNull();
    }

    [Fact]
    public void A_group_is_deleted_when_the_tree_that_would_have_it_has_not()
    {
        var tree = new VersionedTree(new TreeOptions());
        bool IsDeleted(string name, long generation) =>
            NamespaceList.IsDeleted(tree.Latest, new GroupName(name, generation));
        Apply(Command.Nop());
        IsDeleted("orders", 2).ShouldBeFalse("it may be made yet");
        Apply(Set("orders", new NamespaceRecord()));
        IsDeleted("orders", 2).ShouldBeFalse();
        IsDeleted("orders", 1).ShouldBeTrue();
        Apply(Command.Del(NamespaceList.PathOf("orders"), Command.Clobber));
        IsDeleted("orders", 2).ShouldBeTrue();
        Apply(Set("orders", new NamespaceRecord()));
        IsDeleted("orders", 2).ShouldBeTrue("another has its name");
        IsDeleted("orders", 4).ShouldBeFalse();
        IsDeleted("main", 0).ShouldBeFalse();

        IsDeleted("old", 0).ShouldBeFalse("it is not on the list yet");
        Apply(Command.Set(NamespaceList.AdoptedPathOf("old"), default, Command.Clobber));
        IsDeleted("old", 0).ShouldBeTrue();
        Apply(Set("old", new NamespaceRecord(IsAdopted: true)));
        IsDeleted("old", 0).ShouldBeFalse();
        NamespaceList.Groups(tree.Latest).ShouldBe([new GroupName("old", 0), new GroupName("orders", 4)]);
        NamespaceList.Count(tree.Latest).ShouldBe(2);

        void Apply(Command command)
        {
            tree.Apply(command).Outcome.ShouldBe(Outcome.Done);
            tree.Publish();
        }

        static Command Set(string name, NamespaceRecord record) =>
            Command.Set(NamespaceList.PathOf(name), NamespaceList.Write(record), Command.Clobber);
    }

    [Fact]
    public void A_record_keeps_what_a_group_begins_with_and_takes_what_it_does_not_know()
    {
        var record = new NamespaceRecord(7, ["a", "b", "c", "d"], 3, 2, Guid.NewGuid());
        NamespaceRecord read = NamespaceList.Read(NamespaceList.Write(record));
        (read.Start, read.Request, read.IsAdopted).ShouldBe((7, record.Request, false));
        read.Quorums!.ToString().ShouldBe("3 to lead and 2 to choose of a, b, c, d");
        NamespaceList.Read("""{"isAdopted":true,"later":[1]}"""u8).ShouldBe(new NamespaceRecord(IsAdopted: true));
        NamespaceList.Write(new NamespaceRecord()).ShouldBe("{}"u8.ToArray());
        new NamespaceRecord().Quorums.ShouldBeNull();
    }
}

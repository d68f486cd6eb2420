using Doozer.Tree;

namespace Doozer.Tests.Tree;

public sealed class TreePathTests
{
    [Theory]
    [InlineData("/a")]
    [InlineData("/a/b/c")]
    [InlineData("/A-z.0_9/..a/...")]
    [InlineData("/-/_/.a")]
    public void Valid_paths(string path) => TreePath.Invalid(path).ShouldBeNull();

    [Theory]
    [InlineData(null, "it is empty")]
    [InlineData("", "it is empty")]
    [InlineData("a", "it does not start with '/'")]
    [InlineData("a/b", "it does not start with '/'")]
    [InlineData("/", "it is the root directory, not a file")]
    [InlineData("//", "it ends with '/'")]
    [InlineData("/a/", "it ends with '/'")]
    [InlineData("//a", "it has an empty name ('//')")]
    [InlineData("/a//b", "it has an empty name ('//')")]
    [InlineData("/a b", "the character U+0020 is not allowed")]
    [InlineData("/a\0", "the character U+0000 is not allowed")]
    [InlineData("/é", "the character U+00E9 is not allowed")]
    [InlineData("/a世", "the character U+4E16 is not allowed")]
    [InlineData("/a:b", "the character ':' is not allowed")]
    [InlineData("/a*", "the character '*' is not allowed")]
    [InlineData("/a?", "the character '?' is not allowed")]
    [InlineData("/.", "the name '.' is not allowed")]
    [InlineData("/a/../b", "the name '..' is not allowed")]
    [InlineData("/a/./b", "the name '.' is not allowed")]
    public void Invalid_paths_say_why(string? path, string reason) => TreePath.Invalid(path).ShouldBe(reason);

    [Fact]
    public void Every_character_is_judged()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            bool good = c is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' or '-' or '_' or '.';
            if ((TreePath.Invalid($"/x{(char)c}x") is null) != (good || c == '/'))
                Assert.Fail($"U+{c:X4}");
        }
    }

    [Fact]
    public void Length_is_limited()
    {
        TreePath.Invalid("/" + new string('a', 1023)).ShouldBeNull();
        TreePath.Invalid("/" + new string('a', 1024)).ShouldBe("it is longer than 1024 bytes");
    }

    [Fact]
    public void Root_is_only_a_directory() => TreePath.Invalid("/", root: true).ShouldBeNull();

    [Theory]
    [InlineData("/ctl", true)]
    [InlineData("/ctl/node", true)]
    [InlineData("/ctl/a/b", true)]
    [InlineData("/ctls", false)]
    [InlineData("/ctl-a", false)]
    [InlineData("/a/ctl", false)]
    [InlineData("/", false)]
    public void Ctl_is_reserved(string path, bool reserved) => TreePath.IsReserved(path).ShouldBe(reserved);

    [Theory]
    [InlineData("/a", "/")]
    [InlineData("/a/b", "/a")]
    [InlineData("/a/b/c", "/a/b")]
    public void Parents(string path, string parent) => TreePath.Parent(path).ToString().ShouldBe(parent);
}

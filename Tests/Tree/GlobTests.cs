using System.Text;
using System.Text.RegularExpressions;
using Doozer.Tree;

namespace Doozer.Tests.Tree;

public sealed class GlobTests
{
    [Theory]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a?", "/ab /ac")]
    [InlineData("/a*", "/a /ab /abc")]
    [InlineData("/a**", "/a /ab /abc /a/b /ab/c")]
    [InlineData("/", "/")]
    [InlineData("/*", "/ /a /a.b-c_d")]
    [InlineData("/**", "/ /a /a/b/c")]
    [InlineData("/*/a", "/x/a /xyz/a")]
    [InlineData("/**/a", "/x/a /x/y/a")]
    [InlineData("/**a", "/a /x/a /x/ya")]
    [InlineData("/a/**/b", "/a/x/b /a/x/y/b /a/b/b")]
    [InlineData("/a*a/b", "/aa/b /axa/b")]
    [InlineData("/*a*/b", "/a/b /xax/b")]
    [InlineData("/a***b", "/ab /axb /a/x/b")]
    [InlineData("/?.?", "/a.b")]
    [InlineData("/**/x*y/**z", "/a/xy/z /a/b/x-y/c/d/z")]
    [InlineData("/a,/b/c", "/a /b/c")]
    [InlineData("/a/*,/b?,/a", "/a /a/x /bc")]
    public void Matches(string pattern, string paths)
    {
        Glob glob = Parse(pattern);
        foreach (string path in paths.Split(' '))
            glob.Matches(path).ShouldBeTrue($"{pattern} {path}");
    }

    [Theory]
    [InlineData("/a/b", "/a/c /a /a/b/c /a/bc")]
    [InlineData("/a?", "/ /abc /a /a/b")]
    [InlineData("/a*", "/ /a/b /ba")]
    [InlineData("/a**", "/ /ba /b/a")]
    [InlineData("/", "/a")]
    [InlineData("/*", "/a/b")]
    [InlineData("/*/a", "/a /x/y/a")]
    [InlineData("/**/a", "/a /x/b /x/a/b")]
    [InlineData("/a/**/b", "/a/b /a/x/c")]
    [InlineData("/a.b", "/axb")]
    [InlineData("/?", "/ /é /世")]
    [InlineData("/*", "/é")]
    [InlineData("/a,/b", "/ /c /a/b /ab")]
    [InlineData("/ab,/a*/c", "/abc /ab/d /a")]
    public void Does_not_match(string pattern, string paths)
    {
        Glob glob = Parse(pattern);
        foreach (string path in paths.Split(' '))
            glob.Matches(path).ShouldBeFalse($"{pattern} {path}");
    }

    [Theory]
    [InlineData(null, "it is empty")]
    [InlineData("", "it is empty")]
    [InlineData("a", "it does not start with '/'")]
    [InlineData("**", "it does not start with '/'")]
    [InlineData(",", "it is empty")]
    [InlineData("/a,", "it is empty")]
    [InlineData("/a,b", "it does not start with '/'")]
    [InlineData("/ ", "the character U+0020 is not allowed")]
    [InlineData("/:", "the character ':' is not allowed")]
    [InlineData("//", "it has an empty name ('//')")]
    [InlineData("/a//*", "it has an empty name ('//')")]
    [InlineData("/a/", "it ends with '/'")]
    [InlineData("/a+b", "the character '+' is not allowed")]
    [InlineData("/a^b", "the character '^' is not allowed")]
    [InlineData("/a$b", "the character '$' is not allowed")]
    [InlineData("/a[b", "the character '[' is not allowed")]
    [InlineData("/a(b", "the character '(' is not allowed")]
    [InlineData("/a\0b", "the character U+0000 is not allowed")]
    [InlineData("/a世界", "the character U+4E16 is not allowed")]
    public void Invalid_globs_say_why(string? pattern, string expected)
    {
        Glob.TryParse(pattern, out Glob? glob, out string? reason).ShouldBeFalse();
        glob.ShouldBeNull();
        reason.ShouldBe(expected);
    }

    [Fact]
    public void Length_is_limited()
    {
        Glob.TryParse("/" + new string('*', 1023), out _, out _).ShouldBeTrue();
        Glob.TryParse("/" + new string('*', 1024), out _, out string? reason).ShouldBeFalse();
        reason.ShouldBe("it is longer than 1024 bytes");
        Glob.TryParse(string.Join(',', Enumerable.Repeat("/a", 16)), out _, out _).ShouldBeTrue();
        Glob.TryParse(string.Join(',', Enumerable.Repeat("/a", 17)), out _, out reason).ShouldBeFalse();
        reason.ShouldBe("it has more than 16 patterns");
    }

    [Theory]
    [InlineData("/a/b", "/a/b", true, 2)]
    [InlineData("/a/b*", "/a/b", false, 2)]
    [InlineData("/a/?/c", "/a/", false, 3)]
    [InlineData("/**", "/", false, int.MaxValue)]
    [InlineData("/a/bc,/a/bd/?", "/a/b", false, 3)]
    [InlineData("/a,/a", "/a", false, 1)]
    [InlineData("/a/**,/b", "/", false, int.MaxValue)]
    public void Tells_what_every_match_has_in_common(string pattern, string prefix, bool literal, int depth)
    {
        Glob glob = Parse(pattern);
        (glob.Prefix, glob.IsLiteral, glob.Depth).ShouldBe((prefix, literal, depth));
    }

    [Fact]
    public void Agrees_with_regular_expressions()
    {
        // Short alphabets make matches likely, long patterns cross the words of the automaton.
        var random = new Random(20110411);
        int matched = 0;
        for (int i = 0; i < 800; i++)
        {
            int length = i % 8 == 0 ? random.Next(60, 150) : random.Next(1, 12);
            string pattern = "/" + Text(random, "ab/?**", length).Trim('/').Replace("//", "/", StringComparison.Ordinal);
            if (!Glob.TryParse(pattern, out Glob? glob, out _))
                continue;

            var expected = new Regex(Translate(pattern), RegexOptions.NonBacktracking);
            for (int j = 0; j < 6; j++)
            {
                string path = j % 2 == 0 ? "/" + Text(random, "ab/", random.Next(0, length)) : Instance(random, pattern);
                bool matches = glob.Matches(path);
                matches.ShouldBe(expected.IsMatch(path), $"{pattern} {path}");
                matched += matches ? 1 : 0;
            }
        }

        matched.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void Hostile_globs_are_as_fast_as_others()
    {
        // A matcher that backtracks needs longer than the age of the universe for these.
        string path = "/" + new string('a', 1022);
        Parse("/" + string.Concat(Enumerable.Repeat("a*", 511)) + "b").Matches(path).ShouldBeFalse();
        Parse("/" + string.Concat(Enumerable.Repeat("**a", 340)) + "b").Matches(path).ShouldBeFalse();
        Parse("/" + string.Concat(Enumerable.Repeat("**a", 340))).Matches(path).ShouldBeTrue();
    }

    internal static Glob Parse(string pattern)
    {
        Glob.TryParse(pattern, out Glob? glob, out string? reason).ShouldBeTrue($"{pattern}: {reason}");
        return glob!;
    }

    private static string Translate(string pattern)
    {
        string escaped = Regex.Escape(pattern).Replace(@"\*\*", ".*", StringComparison.Ordinal);
        return "^" + escaped.Replace(@"\*", "[^/]*", StringComparison.Ordinal)
            .Replace(@"\?", "[^/]", StringComparison.Ordinal) + "$";
    }

    private static string Text(Random random, string alphabet, int length)
    {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++)
            text.Append(alphabet[random.Next(alphabet.Length)]);
        return text.ToString();
    }

    private static string Instance(Random random, string pattern)
    {
        var path = new StringBuilder();
        for (int i = 0; i < pattern.Length; i++)
        {
            bool across = pattern[i] == '*' && i + 1 < pattern.Length && pattern[i + 1] == '*';
            if (across)
                i++;
            path.Append(pattern[i] switch
            {
                '*' => Text(random, across ? "ab/" : "ab", random.Next(3)),
                '?' => Text(random, "ab", 1),
                char c => c.ToString(),
            });
        }

        return path.ToString();
    }
}

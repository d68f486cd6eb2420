using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Doozer.Tree;

/// <summary>
/// A pattern of paths: <c>?</c> matches one character and <c>*</c> any number of them within a name, <c>**</c> any number
/// across names, and everything else itself. Several patterns, with commas between them, match what any of them does.
/// </summary>
/// <remarks>
/// Runs as a nondeterministic automaton whose states are the bits of a few words (Baeza-Yates and Gonnet's shift-and), so that
/// no glob that a client sends can make matching slow: the time is the path's length times the words of the glob.
/// </remarks>
internal sealed class Glob
{
    private const int WordBits = 64;
    private const int Ascii = 128;
    private const int MostPatterns = 16;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(TreePath.NameCharacters + "/?*");

    // State i means: the first i tokens have matched. For each character and word of states, the tokens that it matches.
    private readonly ulong[] _matches;
    private readonly ulong[] _starsWithinName;
    private readonly ulong[] _starsAcrossNames;
    private readonly int _words;
    private readonly int _final;
    private readonly Glob[] _parts;

    private Glob(string pattern)
    {
        _parts = [this];
        Pattern = pattern;
        int wild = pattern.AsSpan().IndexOfAny('?', '*');
        Prefix = wild < 0 ? pattern : pattern[..wild];
        IsLiteral = wild < 0;
        Depth = pattern.Contains("**", StringComparison.Ordinal) ? int.MaxValue : pattern.AsSpan().Count('/');

        ReadOnlySpan<char> rest = pattern.AsSpan(Prefix.Length);
        _words = (rest.Length / WordBits) + 1;
        _matches = new ulong[IsLiteral ? 0 : Ascii * _words];
        _starsWithinName = new ulong[_words];
        _starsAcrossNames = new ulong[_words];
        _final = Compile(rest);
    }

    private Glob(string pattern, Glob[] parts)
    {
        (Pattern, _parts) = (pattern, parts);
        Prefix = parts[0].Prefix;
        foreach (Glob part in parts)
            Prefix = Prefix[..Prefix.AsSpan().CommonPrefixLength(part.Prefix)];
        Depth = parts.Max(static part => part.Depth);
        (_matches, _starsWithinName, _starsAcrossNames) = ([], [], []);
    }

    /// <summary>The glob as it was written.</summary>
    public string Pattern { get; }

    /// <summary>What every matching path starts with.</summary>
    public string Prefix { get; }

    /// <summary>Whether it matches just one path, <see cref="Prefix"/>.</summary>
    public bool IsLiteral { get; }

    /// <summary>How many names a matching path has at most; <see cref="int.MaxValue"/> when any number.</summary>
    public int Depth { get; }

    /// <summary>The patterns, each as a glob of its own.</summary>
    public IReadOnlyList<Glob> Parts => _parts;

    /// <summary>Reads a glob.</summary>
    /// <param name="pattern">The glob.</param>
    /// <param name="glob">The glob, when it is valid.</param>
    /// <param name="reason">Else what is wrong with it, in words that complete "The glob 'x' is not valid: ...".</param>
    public static bool TryParse(string? pattern, [NotNullWhen(true)] out Glob? glob, [NotNullWhen(false)] out string? reason)
    {
        glob = null;
        string[] patterns = pattern?.Split(',') ?? [""];
        reason = patterns.Length > MostPatterns
            ? $"it has more than {MostPatterns} patterns"
            : patterns.Select(Invalid).FirstOrDefault(static invalid => invalid is not null);
        if (reason is not null)
            return false;
        Glob[] parts = Array.ConvertAll(patterns, static each => new Glob(each));
        glob = parts.Length == 1 ? parts[0] : new Glob(pattern!, parts);
        return true;
    }

    /// <summary>Whether a path matches, from its first character to its last.</summary>
    public bool Matches(string path)
    {
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        if (IsLiteral)
            return path.Length == Prefix.Length;
        if (_parts.Length > 1)
            return Array.Exists(_parts, part => part.Matches(path));

        ReadOnlySpan<char> rest = path.AsSpan(Prefix.Length);
        return _words == 1 ? MatchesWord(rest) : MatchesWords(rest);
    }

    /// <inheritdoc/>
    public override string ToString() => Pattern;

    private static string? Invalid(string pattern)
    {
        if (pattern.Length == 0)
            return "it is empty";
        if (pattern[0] != '/')
            return "it does not start with '/'";
        if (pattern.Length > TreePath.MaxBytes)
            return $"it is longer than {TreePath.MaxBytes} bytes";

        int bad = pattern.AsSpan().IndexOfAnyExcept(Allowed);
        if (bad >= 0)
            return TreePath.NotAllowed(pattern[bad]);
        if (pattern.Contains("//", StringComparison.Ordinal))
            return "it has an empty name ('//')";
        return pattern.Length > 1 && pattern[^1] == '/' ? "it ends with '/'" : null;
    }

    // A run of stars is one token (two or more: across names), so that two star tokens never follow each other and passing over
    // a star that matches nothing takes one step, not a chain of them.
    private int Compile(ReadOnlySpan<char> rest)
    {
        int token = 0;
        for (int i = 0; i < rest.Length; i++, token++)
        {
            ulong bit = 1UL << (token % WordBits);
            int word = token / WordBits;
            if (rest[i] == '*')
            {
                int run = 1;
                for (; i + 1 < rest.Length && rest[i + 1] == '*'; i++)
                    run++;
                (run == 1 ? _starsWithinName : _starsAcrossNames)[word] |= bit;
            }
            else if (rest[i] == '?')
            {
                foreach (char c in TreePath.NameCharacters)
                    _matches[(c * _words) + word] |= bit;
            }
            else
            {
                _matches[(rest[i] * _words) + word] |= bit;
            }
        }

        return token;
    }

    private bool MatchesWord(ReadOnlySpan<char> rest)
    {
        ulong across = _starsAcrossNames[0];
        ulong any = across | _starsWithinName[0];
        ulong states = 1;
        states |= (states & any) << 1;
        foreach (char c in rest)
        {
            if (c >= Ascii)
                return false;
            states = ((states & _matches[c]) << 1) | (states & (c == '/' ? across : any));
            states |= (states & any) << 1;
            if (states == 0)
                return false;
        }

        return (states & (1UL << _final)) != 0;
    }

    private bool MatchesWords(ReadOnlySpan<char> rest)
    {
        Span<ulong> states = stackalloc ulong[_words];
        states.Clear();
        states[0] = 1;
        PassStars(states);
        foreach (char c in rest)
        {
            if (c >= Ascii)
                return false;

            ReadOnlySpan<ulong> matches = _matches.AsSpan(c * _words, _words);
            ulong carry = 0;
            ulong alive = 0;
            for (int i = 0; i < states.Length; i++)
            {
                ulong stay = states[i] & (c == '/' ? _starsAcrossNames[i] : _starsAcrossNames[i] | _starsWithinName[i]);
                ulong step = states[i] & matches[i];
                states[i] = stay | (step << 1) | carry;
                carry = step >> (WordBits - 1);
                alive |= states[i];
            }

            if (alive == 0)
                return false;
            PassStars(states);
        }

        return (states[_final / WordBits] & (1UL << (_final % WordBits))) != 0;
    }

    private void PassStars(Span<ulong> states)
    {
        ulong carry = 0;
        for (int i = 0; i < states.Length; i++)
        {
            ulong step = states[i] & (_starsAcrossNames[i] | _starsWithinName[i]);
            states[i] |= (step << 1) | carry;
            carry = step >> (WordBits - 1);
        }
    }
}

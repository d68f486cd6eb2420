using System.Globalization;
using System.Text;

namespace Doozer.Silo.Commands;

/// <summary>
/// A transaction as a script prints it: a change a line, whose parts have one space between them. The last part is the rest of
/// the line, just as it stands.
/// </summary>
internal static class TransactionLines
{
    private const byte Space = (byte)' ';

    /// <summary>Reads changes, each with the number of its line, from 1.</summary>
    /// <exception cref="CommandFailure">A line is none.</exception>
    public static async Task<List<(int Line, Change Change)>> Read(byte[] input, CancellationToken cancellation)
    {
        var changes = new List<(int Line, Change Change)>();
        int number = 0;
        for (int begin = 0; begin < input.Length;)
        {
            int length = input.AsSpan(begin).IndexOf((byte)'\n');
            int end = length < 0 ? input.Length : begin + length;
            number++;
            if (end > begin && input[begin] != '#')
                changes.Add((number, await Read(number, input.AsMemory(begin, end - begin), cancellation)));
            begin = end + 1;
        }

        return changes;
    }

    private static async Task<Change> Read(int number, ReadOnlyMemory<byte> line, CancellationToken cancellation)
    {
        try
        {
            return await Read(new Parts(line), cancellation);
        }
        catch (Exception exception) when (exception is CommandFailure or IOException or ArgumentException)
        {
            throw new CommandFailure($"Line {number}: {exception.Message}");
        }
    }

    private static async Task<Change> Read(Parts parts, CancellationToken cancellation)
    {
        string kind = parts.Next("a change");
        if (kind is not ("set" or "set-file" or "hold" or "hold-file" or "del" or "check"))
            throw new CommandFailure($"there is no change '{kind}', only set, set-file, hold, hold-file, del and check.");
        string path = parts.Next("a path");
        long revision = parts.NextNumber("a revision");
        if (kind is "del" or "check")
        {
            if (parts.Rest.Length > 0)
                throw new CommandFailure($"nothing may follow the revision of a {kind}.");
            return kind == "del" ? Change.Del(path, revision) : Change.Check(path, revision);
        }

        long session = kind is "hold" or "hold-file" ? parts.NextNumber("the id of a session") : 0;
        byte[] body = kind is "set" or "hold"
            ? parts.Rest.ToArray()
            : await BodyInput.OfFile(Encoding.UTF8.GetString(parts.Rest.Span), cancellation);
        return Change.Set(path, body, revision, session);
    }

    /// <summary>A line that is cut at its spaces, one by one.</summary>
    private sealed class Parts(ReadOnlyMemory<byte> line)
    {
        /// <summary>What has not been cut off.</summary>
        public ReadOnlyMemory<byte> Rest { get; private set; } = line;

        /// <exception cref="CommandFailure">There is none.</exception>
        public string Next(string what)
        {
            int end = Rest.Span.IndexOf(Space);
            ReadOnlyMemory<byte> part = end < 0 ? Rest : Rest[..end];
            Rest = end < 0 ? default : Rest[(end + 1)..];
            return part.Length > 0
                ? Encoding.UTF8.GetString(part.Span)
                : throw new CommandFailure($"{what} is missing; parts have one space between them.");
        }

        public long NextNumber(string what)
        {
            string text = Next(what);
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw new CommandFailure($"'{text}' is not {what}.");
        }
    }
}

using System.Globalization;
using System.Text;

namespace Doozer.Storage;

/// <summary>Whose data a directory holds, as it stands in the identity file.</summary>
/// <param name="LogStarted">Whether a log was ever there: then an empty log directory means that it was lost.</param>
internal sealed record NodeIdentity(string Cluster, string Node, Guid Incarnation, bool LogStarted)
{
    private const string Heading = "doozer data directory, format 1";

    public static bool IsValidName(string name)
    {
        if (name.Length is 0 or > 255)
            return false;
        foreach (char c in name)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
                return false;
        }

        return true;
    }

    public byte[] Render()
    {
        string text =
            $"{Heading}\ncluster: {Cluster}\nnode: {Node}\nincarnation: {Incarnation:D}\nlog: " +
            $"{(LogStarted ? "started" : "none")}\n";
        uint checksum = Crc32C.Compute(Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text}crc32c: {checksum:x8}\n"));
    }

    /// <returns>Null when the bytes are not, to the last one, what <see cref="Render"/> makes.</returns>
    public static NodeIdentity? Parse(ReadOnlySpan<byte> bytes)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (lines.Length != 7
            || Field(lines[1], "cluster: ") is not { } cluster
            || Field(lines[2], "node: ") is not { } node
            || !Guid.TryParseExact(Field(lines[3], "incarnation: "), "D", out Guid incarnation))
        {
            return null;
        }

        var identity = new NodeIdentity(
            cluster, node, incarnation, string.Equals(lines[4], "log: started", StringComparison.Ordinal));
        return bytes.SequenceEqual(identity.Render()) ? identity : null;
    }

    private static string? Field(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) ? line[name.Length..] : null;
}

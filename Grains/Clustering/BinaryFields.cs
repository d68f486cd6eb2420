using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>Fields that several encodings here share. What cannot be read is an <see cref="InvalidDataException"/>.</summary>
internal static class BinaryFields
{
    private const int GuidBytes = 16;

    public static void Write(this BinaryWriter writer, Ballot ballot)
    {
        writer.Write(ballot.Round);
        writer.Write(ballot.Node);
    }

    public static void Write(this BinaryWriter writer, Guid value)
    {
        Span<byte> bytes = stackalloc byte[GuidBytes];
        value.TryWriteBytes(bytes);
        writer.Write(bytes);
    }

    public static void WriteBlock(this BinaryWriter writer, ReadOnlyMemory<byte> bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes.Span);
    }

    public static Ballot ReadBallot(this BinaryReader reader)
    {
        long round = reader.ReadInt64();
        return round is >= 0 and <= Ballot.MaxRound
            ? new Ballot(round, reader.ReadString())
            : throw new InvalidDataException($"{round} is no ballot's round");
    }

    public static Guid ReadGuid(this BinaryReader reader) => new(Exactly(reader, GuidBytes));

    public static byte[] ReadBlock(this BinaryReader reader, int limit)
    {
        int length = reader.ReadInt32();
        return length >= 0 && length <= limit
            ? Exactly(reader, length)
            : throw new InvalidDataException($"a block of {length} bytes is over the limit of {limit}");
    }

    public static int ReadCount(this BinaryReader reader, int limit)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= limit
            ? count
            : throw new InvalidDataException($"a count of {count} is over the limit of {limit}");
    }

    public static void ExpectEnd(this BinaryReader reader)
    {
        if (reader.BaseStream.Position != reader.BaseStream.Length)
            throw new InvalidDataException("there are bytes after its end");
    }

    /// <summary>
    /// Reads a whole encoding; whatever is wrong with it becomes an <see cref="InvalidDataException"/> that names it.
    /// </summary>
    public static T Decode<T>(string what, ReadOnlyMemory<byte> bytes, Func<BinaryReader, T> read)
    {
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        using var reader = new BinaryReader(stream);
        try
        {
            T value = read(reader);
            reader.ExpectEnd();
            return value;
        }
        catch (Exception exception)
            when (exception is IOException or FormatException or ArgumentException or OverflowException or InvalidDataException)
        {
            throw new InvalidDataException($"{what} of {bytes.Length} bytes is malformed: {exception.Message}", exception);
        }
    }

    public static byte[] Encode(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream))
            write(writer);
        return stream.ToArray();
    }

    private static byte[] Exactly(BinaryReader reader, int length)
    {
        byte[] bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException("it ends in the middle of a field");
    }
}

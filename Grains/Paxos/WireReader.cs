using System.Text;

namespace Doozer.Paxos;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Anything else is an <see cref="InvalidDataException"/>.</summary>
internal ref struct WireReader(ReadOnlyMemory<byte> source, string what)
{
    /// <summary>A name longer than this is not a node's.</summary>
    private const int MaxTextBytes = 256;

    private readonly ReadOnlyMemory<byte> _source = source;
    private string? _lastText;
    private string? _otherText;

    public int Position { get; private set; }

    public readonly int Remaining => _source.Length - Position;

    public readonly bool AtEnd => Remaining == 0;

    public byte Byte()
    {
        if (AtEnd)
            throw Malformed("it ends in the middle of a field");
        return _source.Span[Position++];
    }

    public long Number()
    {
        int size = Wire.ReadVarint(_source.Span[Position..], out ulong value);
        if (size == 0 || value > long.MaxValue)
            throw Malformed("it has an invalid number");
        Position += size;
        return (long)value;
    }

    /// <summary>A slot's number; they start at 1.</summary>
    public long Slot() => Number() is > 0 and var slot ? slot : throw Malformed("there is no slot 0");

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw Malformed("it has an invalid flag"),
    };

    /// <summary>A name. The few that repeat within one source are not allocated again.</summary>
    public string Text()
    {
        ReadOnlySpan<byte> bytes = Bytes(MaxTextBytes).Span;
        if (_lastText is not null && Ascii.Equals(bytes, _lastText))
            return _lastText;
        if (_otherText is not null && Ascii.Equals(bytes, _otherText))
            return _otherText;
        _otherText = _lastText;
        _lastText = Encoding.UTF8.GetString(bytes);
        return _lastText;
    }

    public Ballot Ballot()
    {
        long round = Number();
        if (round > Paxos.Ballot.MaxRound)
            throw Malformed("it has an impossible ballot");
        return new Ballot(round, Text());
    }

    public Batch Batch()
    {
        long count = Number();
        ReadOnlyMemory<byte> commands = Bytes(int.MaxValue);
        if (count > commands.Length)
            throw Malformed("it has a malformed batch");
        var batch = new Batch(commands, (int)count);
        if (batch.IsReconfiguration)
            _ = Reconfiguration.Read(batch);
        else if (!Paxos.Batch.IsWellFormed(commands.Span, (int)count))
            throw Malformed("it has a malformed batch");
        return batch;
    }

    public QuorumSystem Quorums()
    {
        long phase1 = Number();
        long phase2 = Number();
        long count = Number();
        if (Math.Max(phase1, phase2) > count || count > QuorumSystem.MaxAcceptors)
            throw Malformed("it has impossible quorums");
        string[] acceptors = new string[count];
        for (int i = 0; i < acceptors.Length; i++)
            acceptors[i] = Text();
        try
        {
            return new QuorumSystem(acceptors, (int)phase1, (int)phase2);
        }
        catch (ArgumentException exception)
        {
            throw Malformed(exception.Message);
        }
    }

    public readonly InvalidDataException Malformed(string why) =>
        new($"{what} of {_source.Length} bytes is malformed at byte {Position}: {why}.");

    /// <summary>Bytes behind their length.</summary>
    public ReadOnlyMemory<byte> Bytes(int limit)
    {
        long length = Number();
        if (length > limit || length > _source.Length - Position)
            throw Malformed("a length runs past the end");
        ReadOnlyMemory<byte> bytes = _source.Slice(Position, (int)length);
        Position += (int)length;
        return bytes;
    }
}

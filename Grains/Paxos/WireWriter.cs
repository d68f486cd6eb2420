using System.Text;

namespace Doozer.Paxos;

/// <summary>
/// Writes fields into an array, or, without one, only counts them: a first pass finds the exact size, so that the second
/// copies every batch once.
/// </summary>
internal ref struct WireWriter(byte[]? destination, int start = 0)
{
    private readonly byte[]? _destination = destination;

    public int Position { get; private set; } = start;

    public void Byte(byte value)
    {
        if (_destination is not null)
            _destination[Position] = value;
        Position++;
    }

    public void Number(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Position += _destination is null
            ? Wire.VarintSize((ulong)value)
            : Wire.WriteVarint(_destination.AsSpan(Position), (ulong)value);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Number(length);
        if (_destination is not null)
            Encoding.UTF8.GetBytes(value, _destination.AsSpan(Position));
        Position += length;
    }

    public void Ballot(Ballot ballot)
    {
        Number(ballot.Round);
        Text(ballot.Node ?? string.Empty);
    }

    public void Batch(Batch batch)
    {
        Number(batch.Count);
        Bytes(batch.Commands.Span);
    }

    public void Quorums(QuorumSystem quorums)
    {
        Number(quorums.Phase1);
        Number(quorums.Phase2);
        Number(quorums.Count);
        foreach (string acceptor in quorums.Acceptors)
            Text(acceptor);
    }

    /// <summary>Bytes behind their length.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length);
        if (_destination is not null)
            bytes.CopyTo(_destination.AsSpan(Position));
        Position += bytes.Length;
    }
}

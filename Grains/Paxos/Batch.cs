using System.Buffers;

namespace Doozer.Paxos;

/// <summary>
/// What a slot holds: commands in order, each behind its length as a varint. Their meaning is not the protocol's. Or, without any
/// command, a <see cref="Reconfiguration"/>.
/// </summary>
internal readonly record struct Batch(ReadOnlyMemory<byte> Commands, int Count)
{
    /// <summary>Fills a hole that an earlier leader left.</summary>
    public static Batch Empty => default;

    /// <summary>Whether it holds a <see cref="Reconfiguration"/>, and no commands.</summary>
    public bool IsReconfiguration => Count == 0 && !Commands.IsEmpty;

    /// <summary>Appends one command in the form a batch holds it.</summary>
    public static void Append(IBufferWriter<byte> writer, ReadOnlySpan<byte> command)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> span = writer.GetSpan(Wire.MaxVarintBytes + command.Length);
        int prefix = Wire.WriteVarint(span, (ulong)command.Length);
        command.CopyTo(span[prefix..]);
        writer.Advance(prefix + command.Length);
    }

    /// <summary>Whether the bytes are exactly so many commands.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> commands, int count)
    {
        while (commands.Length > 0)
        {
            int prefix = Wire.ReadVarint(commands, out ulong length);
            if (prefix == 0 || length > (ulong)(commands.Length - prefix) || --count < 0)
                return false;
            commands = commands[(prefix + (int)length)..];
        }

        return count == 0;
    }

    /// <summary>Whether both hold the same bytes. (Equality of the struct compares references.)</summary>
    public bool SameAs(Batch other) => Count == other.Count && Commands.Span.SequenceEqual(other.Commands.Span);

    public Enumerator GetEnumerator() => new(Count == 0 ? default : Commands);

    /// <summary>Yields the commands as slices of the batch.</summary>
    public struct Enumerator(ReadOnlyMemory<byte> rest)
    {
        private ReadOnlyMemory<byte> _rest = rest;

        public ReadOnlyMemory<byte> Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
                return false;
            int prefix = Wire.ReadVarint(_rest.Span, out ulong length);
            if (prefix == 0 || length > (ulong)(_rest.Length - prefix))
                throw new InvalidDataException("A batch of commands is malformed: a command is longer than the batch.");
            Current = _rest.Slice(prefix, (int)length);
            _rest = _rest[(prefix + (int)length)..];
            return true;
        }
    }
}

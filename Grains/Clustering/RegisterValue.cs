namespace Doozer.Clustering;

/// <summary>The register's value: its members, and the payload, of which the register knows nothing.</summary>
/// <remarks>
/// Until a first change of the members only the payload is written, which is all that earlier releases know. A value without
/// members, also the empty one, means those that the cluster began with.
/// </remarks>
internal readonly record struct RegisterValue(RegisterMembers Members, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Begins a value with members. No membership table begins so; a payload that does gets its members, too.</summary>
    private const byte Marker = 0;

    private const byte Format = 1;

    /// <exception cref="ClusteringException">The value is too large.</exception>
    public byte[] Encode()
    {
        byte[] bytes = Members.Version == 0 && (Payload.IsEmpty || Payload.Span[0] != Marker) ? Payload.ToArray() : Render();
        return bytes.Length <= RegisterState.MaxValueBytes ? bytes : throw new ClusteringException(
            $"The membership table is full: it takes {bytes.Length} bytes, and {RegisterState.MaxValueBytes} is the limit.");
    }

    /// <param name="bytes">An encoded value.</param>
    /// <param name="first">The members that the cluster began with.</param>
    /// <exception cref="InvalidDataException">The bytes are not a value that this version can read.</exception>
    public static RegisterValue Decode(ReadOnlyMemory<byte> bytes, RegisterMembers first)
    {
        if (bytes.IsEmpty || bytes.Span[0] != Marker)
            return new RegisterValue(first, bytes);
        return BinaryFields.Decode("The register's value", bytes, reader =>
        {
            reader.ReadByte();
            byte format = reader.ReadByte();
            if (format != Format)
                throw new InvalidDataException($"its format is {format}, not {Format}; run the same version on all peers");
            var members = RegisterMembers.Read(reader);
            return new RegisterValue(members, reader.ReadBlock(RegisterState.MaxValueBytes));
        });
    }

    private byte[] Render()
    {
        (RegisterMembers members, ReadOnlyMemory<byte> payload) = this;
        return BinaryFields.Encode(writer =>
        {
            writer.Write(Marker);
            writer.Write(Format);
            members.Write(writer);
            writer.WriteBlock(payload);
        });
    }
}

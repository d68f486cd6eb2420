using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Messaging;

internal enum FrameKind : byte
{
    Request = 1,
    OneWay = 2,
    Response = 3,
    Error = 4,
    Cancel = 5,
}

/// <summary>What stands before a request's arguments.</summary>
internal readonly record struct RequestHeader(
    FrameKind Kind, ulong Id, GrainId Target, uint InterfaceId, uint MethodId, TimeSpan Timeout);

internal static class Frames
{
    public static void BeginRequest(Writer writer, in RequestHeader header)
    {
        writer.WriteByte((byte)header.Kind);
        writer.WriteVarint(header.Id);
        writer.WriteBytes(header.Target.Type.AsSpan());
        writer.WriteBytes(header.Target.Key.AsSpan());
        writer.WriteUInt32(header.InterfaceId);
        writer.WriteUInt32(header.MethodId);
        writer.WriteVarint((ulong)header.Timeout.TotalMilliseconds);
    }

    public static void BeginResponse(Writer writer, FrameKind kind, ulong id)
    {
        writer.WriteByte((byte)kind);
        writer.WriteVarint(id);
    }

    public static RequestHeader ReadRequest(FrameKind kind, ulong id, Reader reader, GrainIdCache grainIds)
        => new(kind, id, grainIds.Read(reader), reader.ReadUInt32(), reader.ReadUInt32(),
            TimeSpan.FromMilliseconds(Math.Min(reader.ReadVarint(), int.MaxValue)));
}

/// <summary>Remembers the grains a connection talks about, so that a message need not allocate its grain's id again.</summary>
internal sealed class GrainIdCache
{
    private const int Size = 1024;

    private readonly GrainId[] _entries = new GrainId[Size];

    public GrainId Read(Reader reader)
    {
        var type = reader.ReadBytes();
        var key = reader.ReadBytes();
        ref var entry = ref _entries[(StableHash.Compute(type) + (31 * StableHash.Compute(key))) % Size];
        if (!entry.Type.AsSpan().SequenceEqual(type) || !entry.Key.AsSpan().SequenceEqual(key))
        {
            entry = GrainId.Create(new GrainType(type.ToArray()), new IdSpan(key.ToArray()));
        }

        return entry;
    }
}

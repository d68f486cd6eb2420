using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Reflection;

namespace Orleans.Serialization;

/// <summary>Chooses the codec of a type. Called once per type, from the static field that keeps it.</summary>
internal static class CodecFactory
{
    private static readonly FrozenDictionary<Type, Type> Generic = new Dictionary<Type, Type>
    {
        [typeof(Nullable<>)] = typeof(NullableCodec<>),
        [typeof(List<>)] = typeof(ListCodec<>),
        [typeof(IReadOnlyList<>)] = typeof(ReadOnlyListCodec<>),
        [typeof(HashSet<>)] = typeof(HashSetCodec<>),
        [typeof(Dictionary<,>)] = typeof(DictionaryCodec<,>),
        [typeof(ImmutableArray<>)] = typeof(ImmutableArrayCodec<>),
        [typeof(KeyValuePair<,>)] = typeof(KeyValuePairCodec<,>),
        [typeof(Tuple<,>)] = typeof(TupleCodec<,>),
        [typeof(Tuple<,,>)] = typeof(TupleCodec<,,>),
    }.ToFrozenDictionary();

    public static Codec Create(Type type)
    {
        if (Primitives.TryGet(type) is { } primitive)
        {
            return primitive;
        }

        if (type.IsEnum)
        {
            return Make(typeof(EnumCodec<,>), type, type.GetEnumUnderlyingType());
        }

        if (type.IsSZArray)
        {
            return Make(typeof(ArrayCodec<>), type.GetElementType()!);
        }

        if (typeof(Exception).IsAssignableFrom(type))
        {
            return Make(typeof(ExceptionCodec<>), type);
        }

        if (type.IsGenericType && Generic.TryGetValue(type.GetGenericTypeDefinition(), out var definition))
        {
            return Make(definition, type.GetGenericArguments());
        }

        if (typeof(Runtime.IAddressable).IsAssignableFrom(type) || !IsObjectLike(type))
        {
            return Make(typeof(UnsupportedCodec<>), type);
        }

        return Make(type.IsValueType ? typeof(StructCodec<>) : typeof(ClassCodec<>), type);
    }

    private static bool IsObjectLike(Type type)
        => type == typeof(object) || type.IsInterface || type.IsAbstract || IsValueTuple(type)
            || type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false);

    public static bool IsValueTuple(Type type)
        => type.IsValueType && type.IsGenericType && type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal);

    private static Codec Make(Type definition, params Type[] arguments)
        => (Codec)Activator.CreateInstance(
            definition.MakeGenericType(arguments), BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, null, null)!;
}

internal static class Primitives
{
    private static readonly FrozenDictionary<Type, Codec> All = new Dictionary<Type, Codec>
    {
        [typeof(bool)] = new DelegateCodec<bool>((w, v) => w.WriteByte(v ? (byte)1 : (byte)0), r => r.ReadByte() != 0),
        [typeof(byte)] = new DelegateCodec<byte>((w, v) => w.WriteByte(v), r => r.ReadByte()),
        [typeof(sbyte)] = new DelegateCodec<sbyte>((w, v) => w.WriteByte((byte)v), r => (sbyte)r.ReadByte()),
        [typeof(short)] = new DelegateCodec<short>((w, v) => w.WriteZigZag(v), r => checked((short)r.ReadZigZag())),
        [typeof(ushort)] = new DelegateCodec<ushort>((w, v) => w.WriteVarint(v), r => checked((ushort)r.ReadVarint())),
        [typeof(int)] = new DelegateCodec<int>((w, v) => w.WriteZigZag(v), r => checked((int)r.ReadZigZag())),
        [typeof(uint)] = new DelegateCodec<uint>((w, v) => w.WriteVarint(v), r => checked((uint)r.ReadVarint())),
        [typeof(long)] = new DelegateCodec<long>((w, v) => w.WriteZigZag(v), r => r.ReadZigZag()),
        [typeof(ulong)] = new DelegateCodec<ulong>((w, v) => w.WriteVarint(v), r => r.ReadVarint()),
        [typeof(char)] = new DelegateCodec<char>((w, v) => w.WriteVarint(v), r => checked((char)r.ReadVarint())),
        [typeof(float)] = new DelegateCodec<float>(
            (w, v) => w.WriteUInt32(BitConverter.SingleToUInt32Bits(v)), r => BitConverter.UInt32BitsToSingle(r.ReadUInt32())),
        [typeof(double)] = new DelegateCodec<double>(
            (w, v) => w.WriteUInt64(BitConverter.DoubleToUInt64Bits(v)), r => BitConverter.UInt64BitsToDouble(r.ReadUInt64())),
        [typeof(decimal)] = new DelegateCodec<decimal>(WriteDecimal, ReadDecimal),
        [typeof(string)] = new DelegateCodec<string?>((w, v) => w.WriteString(v), r => r.ReadString()),
        [typeof(byte[])] = new ByteArrayCodec(),
        [typeof(ReadOnlyMemory<byte>)] = new DelegateCodec<ReadOnlyMemory<byte>>((w, v) => w.WriteBytes(v.Span), r => r.ReadBytes().ToArray()),
        [typeof(Guid)] = new DelegateCodec<Guid>((w, v) => v.TryWriteBytes(w.WriteSpan(16)), r => new Guid(r.ReadSpan(16))),
        [typeof(TimeSpan)] = new DelegateCodec<TimeSpan>((w, v) => w.WriteZigZag(v.Ticks), r => new TimeSpan(r.ReadZigZag())),
        [typeof(DateTime)] = new DelegateCodec<DateTime>(
            (w, v) => w.WriteUInt64((ulong)v.ToBinary()), r => DateTime.FromBinary((long)r.ReadUInt64())),
        [typeof(DateTimeOffset)] = new DelegateCodec<DateTimeOffset>(
            WriteDateTimeOffset, r => new DateTimeOffset(r.ReadZigZag(), new TimeSpan(r.ReadZigZag()))),
        [typeof(IPAddress)] = new DelegateCodec<IPAddress?>(WriteAddress, ReadAddress),
        [typeof(IPEndPoint)] = new DelegateCodec<IPEndPoint?>(WriteEndPoint, ReadEndPoint),
        [typeof(Invocation.Void)] = new DelegateCodec<Invocation.Void>((_, _) => { }, _ => default),
        [typeof(CancellationToken)] = new DelegateCodec<CancellationToken>((_, _) => { }, _ => default),
    }.ToFrozenDictionary();

    public static Codec? TryGet(Type type) => All.GetValueOrDefault(type);

    /// <summary>A primitive by its name, for values whose declared type is wider.</summary>
    public static Type? TryFind(string name)
    {
        foreach (var type in All.Keys)
        {
            if (type.FullName == name)
            {
                return type;
            }
        }

        return null;
    }

    private static void WriteDecimal(Writer writer, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        foreach (var part in bits)
        {
            writer.WriteUInt32((uint)part);
        }
    }

    private static decimal ReadDecimal(Reader reader)
        => new([(int)reader.ReadUInt32(), (int)reader.ReadUInt32(), (int)reader.ReadUInt32(), (int)reader.ReadUInt32()]);

    private static void WriteDateTimeOffset(Writer writer, DateTimeOffset value)
    {
        writer.WriteZigZag(value.Ticks);
        writer.WriteZigZag(value.Offset.Ticks);
    }

    private static void WriteAddress(Writer writer, IPAddress? value) => writer.WriteBytes(value is null ? [] : value.GetAddressBytes());

    private static IPAddress? ReadAddress(Reader reader)
    {
        var bytes = reader.ReadBytes();
        return bytes.Length switch
        {
            0 => null,
            4 or 16 => new IPAddress(bytes),
            _ => throw new InvalidDataException($"An IP address has 4 or 16 bytes, not {bytes.Length}."),
        };
    }

    private static void WriteEndPoint(Writer writer, IPEndPoint? value)
    {
        WriteAddress(writer, value?.Address);
        writer.WriteVarint((ulong)(value?.Port ?? 0));
    }

    private static IPEndPoint? ReadEndPoint(Reader reader)
    {
        var address = ReadAddress(reader);
        var port = reader.ReadVarint();
        return port > ushort.MaxValue
            ? throw new InvalidDataException($"There is no port {port}.")
            : address is null ? null : new IPEndPoint(address, (int)port);
    }

    private sealed class ByteArrayCodec : Codec<byte[]?>
    {
        public override bool IsImmutable => false;

        public override void Write(Writer writer, byte[]? value)
        {
            writer.WriteVarint(value is null ? 0 : (ulong)value.Length + 1);
            writer.WriteRaw(value);
        }

        public override byte[]? Read(Reader reader)
        {
            var length = reader.ReadVarint();
            return length == 0 ? null
                : length - 1 <= (ulong)reader.Remaining ? reader.ReadSpan((int)length - 1).ToArray()
                : throw new InvalidDataException("A byte array in a message is longer than the message.");
        }

        public override byte[]? Copy(byte[]? value) => value is null ? null : value.Length == 0 ? value : value.AsSpan().ToArray();
    }
}

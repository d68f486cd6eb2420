using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orleans.Serialization;

/// <summary>Zero for null, otherwise the count plus one.</summary>
internal static class Count
{
    public static void Write(Writer writer, int? count) => writer.WriteVarint(count is { } some ? (ulong)some + 1 : 0);

    public static int? Read(Reader reader)
    {
        var count = reader.ReadVarint();
        return count == 0 ? null
            : count - 1 <= (ulong)reader.Remaining ? (int)count - 1
            : throw new InvalidDataException("A collection in a message has more elements than the message has bytes.");
    }
}

internal sealed class ArrayCodec<T> : Codec<T[]?>
{
    public override bool IsImmutable => false;

    public override void Write(Writer writer, T[]? value)
    {
        Count.Write(writer, value?.Length);
        var codec = Codec<T>.Instance;
        foreach (var item in value.AsSpan())
        {
            codec.Write(writer, item);
        }
    }

    public override T[]? Read(Reader reader)
    {
        if (Count.Read(reader) is not { } count)
        {
            return null;
        }

        var codec = Codec<T>.Instance;
        var array = count == 0 ? [] : new T[count];
        for (var i = 0; i < count; i++)
        {
            array[i] = codec.Read(reader);
        }

        return array;
    }

    public override T[]? Copy(T[]? value)
    {
        var codec = Codec<T>.Instance;
        return value is null || value.Length == 0 ? value
            : codec.IsImmutable ? value.AsSpan().ToArray()
            : Array.ConvertAll(value, codec.Copy);
    }
}

internal sealed class ListCodec<T> : Codec<List<T>?>
{
    public override bool IsImmutable => false;

    public override void Write(Writer writer, List<T>? value)
    {
        Count.Write(writer, value?.Count);
        var codec = Codec<T>.Instance;
        foreach (var item in CollectionsMarshal.AsSpan(value))
        {
            codec.Write(writer, item);
        }
    }

    public override List<T>? Read(Reader reader)
    {
        if (Count.Read(reader) is not { } count)
        {
            return null;
        }

        var codec = Codec<T>.Instance;
        var list = new List<T>(count);
        for (var i = 0; i < count; i++)
        {
            list.Add(codec.Read(reader));
        }

        return list;
    }

    public override List<T>? Copy(List<T>? value)
        => value is null ? null : Codec<T>.Instance.IsImmutable ? [.. value] : value.ConvertAll(Codec<T>.Instance.Copy);
}

internal sealed class ReadOnlyListCodec<T> : Codec<IReadOnlyList<T>?>
{
    public override bool IsImmutable => false;

    public override void Write(Writer writer, IReadOnlyList<T>? value) => Codec<T[]?>.Instance.Write(writer, value?.ToArray());

    public override IReadOnlyList<T>? Read(Reader reader) => Codec<List<T>?>.Instance.Read(reader);

    public override IReadOnlyList<T>? Copy(IReadOnlyList<T>? value) => value is null ? null : Codec<T[]?>.Instance.Copy(value.ToArray());
}

internal sealed class HashSetCodec<T> : Codec<HashSet<T>?>
{
    public override bool IsImmutable => false;

    public override void Write(Writer writer, HashSet<T>? value) => Codec<T[]?>.Instance.Write(writer, value?.ToArray());

    public override HashSet<T>? Read(Reader reader) => Codec<T[]?>.Instance.Read(reader)?.ToHashSet();

    public override HashSet<T>? Copy(HashSet<T>? value) => value?.Select(Codec<T>.Instance.Copy).ToHashSet(value.Comparer);
}

internal sealed class DictionaryCodec<TKey, TValue> : Codec<Dictionary<TKey, TValue>?>
    where TKey : notnull
{
    public override bool IsImmutable => false;

    public override void Write(Writer writer, Dictionary<TKey, TValue>? value)
    {
        Count.Write(writer, value?.Count);
        foreach (var (key, item) in value ?? [])
        {
            Codec<TKey>.Instance.Write(writer, key);
            Codec<TValue>.Instance.Write(writer, item);
        }
    }

    public override Dictionary<TKey, TValue>? Read(Reader reader)
    {
        if (Count.Read(reader) is not { } count)
        {
            return null;
        }

        var dictionary = new Dictionary<TKey, TValue>(count);
        for (var i = 0; i < count; i++)
        {
            var key = Codec<TKey>.Instance.Read(reader);
            if (key is null || !dictionary.TryAdd(key, Codec<TValue>.Instance.Read(reader)))
            {
                throw new InvalidDataException("A dictionary in a message has a null or repeated key.");
            }
        }

        return dictionary;
    }

    public override Dictionary<TKey, TValue>? Copy(Dictionary<TKey, TValue>? value)
        => value?.ToDictionary(pair => Codec<TKey>.Instance.Copy(pair.Key), pair => Codec<TValue>.Instance.Copy(pair.Value), value.Comparer);
}

internal sealed class ImmutableArrayCodec<T> : Codec<ImmutableArray<T>>
{
    public override bool IsImmutable => Codec<T>.Instance.IsImmutable;

    public override void Write(Writer writer, ImmutableArray<T> value)
        => Codec<T[]?>.Instance.Write(writer, ImmutableCollectionsMarshal.AsArray(value));

    public override ImmutableArray<T> Read(Reader reader)
        => ImmutableCollectionsMarshal.AsImmutableArray(Codec<T[]?>.Instance.Read(reader));

    public override ImmutableArray<T> Copy(ImmutableArray<T> value)
        => IsImmutable ? value
            : ImmutableCollectionsMarshal.AsImmutableArray(Codec<T[]?>.Instance.Copy(ImmutableCollectionsMarshal.AsArray(value)));
}

internal sealed class NullableCodec<T> : Codec<T?>
    where T : struct
{
    public override bool IsImmutable => Codec<T>.Instance.IsImmutable;

    public override void Write(Writer writer, T? value)
    {
        writer.WriteByte(value.HasValue ? (byte)1 : (byte)0);
        if (value.HasValue)
        {
            Codec<T>.Instance.Write(writer, value.GetValueOrDefault());
        }
    }

    public override T? Read(Reader reader) => reader.ReadByte() == 0 ? null : Codec<T>.Instance.Read(reader);

    public override T? Copy(T? value) => value.HasValue ? Codec<T>.Instance.Copy(value.GetValueOrDefault()) : null;
}

internal sealed class EnumCodec<TEnum, TUnderlying> : Codec<TEnum>
    where TEnum : struct
    where TUnderlying : struct
{
    public override void Write(Writer writer, TEnum value)
        => Codec<TUnderlying>.Instance.Write(writer, Unsafe.BitCast<TEnum, TUnderlying>(value));

    public override TEnum Read(Reader reader) => Unsafe.BitCast<TUnderlying, TEnum>(Codec<TUnderlying>.Instance.Read(reader));
}

internal sealed class KeyValuePairCodec<TKey, TValue> : Codec<KeyValuePair<TKey, TValue>>
{
    public override bool IsImmutable => Codec<TKey>.Instance.IsImmutable && Codec<TValue>.Instance.IsImmutable;

    public override void Write(Writer writer, KeyValuePair<TKey, TValue> value)
    {
        Codec<TKey>.Instance.Write(writer, value.Key);
        Codec<TValue>.Instance.Write(writer, value.Value);
    }

    public override KeyValuePair<TKey, TValue> Read(Reader reader)
        => new(Codec<TKey>.Instance.Read(reader), Codec<TValue>.Instance.Read(reader));

    public override KeyValuePair<TKey, TValue> Copy(KeyValuePair<TKey, TValue> value)
        => new(Codec<TKey>.Instance.Copy(value.Key), Codec<TValue>.Instance.Copy(value.Value));
}

internal sealed class TupleCodec<T1, T2> : Codec<Tuple<T1, T2>?>
{
    public override bool IsImmutable => Codec<T1>.Instance.IsImmutable && Codec<T2>.Instance.IsImmutable;

    public override void Write(Writer writer, Tuple<T1, T2>? value)
        => Codec<(T1, T2)?>.Instance.Write(writer, value?.ToValueTuple());

    public override Tuple<T1, T2>? Read(Reader reader) => Codec<(T1, T2)?>.Instance.Read(reader)?.ToTuple();

    public override Tuple<T1, T2>? Copy(Tuple<T1, T2>? value) => Codec<(T1, T2)?>.Instance.Copy(value?.ToValueTuple())?.ToTuple();
}

internal sealed class TupleCodec<T1, T2, T3> : Codec<Tuple<T1, T2, T3>?>
{
    public override bool IsImmutable => Codec<(T1, T2, T3)>.Instance.IsImmutable;

    public override void Write(Writer writer, Tuple<T1, T2, T3>? value)
        => Codec<(T1, T2, T3)?>.Instance.Write(writer, value?.ToValueTuple());

    public override Tuple<T1, T2, T3>? Read(Reader reader) => Codec<(T1, T2, T3)?>.Instance.Read(reader)?.ToTuple();

    public override Tuple<T1, T2, T3>? Copy(Tuple<T1, T2, T3>? value)
        => Codec<(T1, T2, T3)?>.Instance.Copy(value?.ToValueTuple())?.ToTuple();
}

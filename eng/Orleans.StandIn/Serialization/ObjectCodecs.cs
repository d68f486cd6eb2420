using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>The members of an object whose type is only known at run time.</summary>
internal interface IMemberAccess
{
    bool IsShared { get; }

    object CreateObject();

    void WriteMembersOf(Writer writer, object value);

    void ReadMembersOf(Reader reader, object value);

    object CopyOf(object value);
}

internal sealed class StructCodec<T> : Codec<T>
    where T : struct
{
    private readonly MemberCodec<T> _members = new();
    private bool? _isImmutable;

    public override bool IsImmutable
        => _isImmutable ??= typeof(T).IsDefined(typeof(ImmutableAttribute), inherit: false) || _members.AllImmutable;

    public override void Write(Writer writer, T value) => _members.Write(writer, ref value);

    public override T Read(Reader reader)
    {
        var value = default(T);
        _members.Read(reader, ref value);
        return value;
    }

    public override T Copy(T value)
    {
        if (!IsImmutable)
        {
            var original = value;
            _members.Copy(ref original, ref value);
        }

        return value;
    }
}

/// <summary>
/// A class, which may be null and may be derived from. Before the members stands 0 for null, 1 for exactly the declared type, or 2 and
/// the name of another type, which must be one of the application's serializable types and fit the declared one.
/// </summary>
internal sealed class ClassCodec<T> : Codec<T?>, IMemberAccess
    where T : class
{
    private const byte Null = 0;
    private const byte Exact = 1;
    private const byte Named = 2;

    private readonly MemberCodec<T> _members = new();
    private readonly bool _shared = typeof(T).IsDefined(typeof(ImmutableAttribute), inherit: false);

    public override bool IsImmutable => _shared && typeof(T).IsSealed;

    bool IMemberAccess.IsShared => _shared;

    public override void Write(Writer writer, T? value)
    {
        if (value is null)
        {
            writer.WriteByte(Null);
            return;
        }

        RuntimeHelpers.EnsureSufficientExecutionStack();
        var type = value.GetType();
        if (type == typeof(T))
        {
            writer.WriteByte(Exact);
            _members.Write(writer, ref value);
            return;
        }

        writer.WriteByte(Named);
        writer.WriteString(SerializableTypes.NameOf(type));
        var codec = For(type);
        if (codec is IMemberAccess members)
        {
            members.WriteMembersOf(writer, value);
        }
        else
        {
            codec.WriteObject(writer, value);
        }
    }

    public override T? Read(Reader reader)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (reader.ReadByte())
        {
            case Null:
                return null;
            case Exact when typeof(T).IsDefined(typeof(GenerateSerializerAttribute), inherit: false) && !typeof(T).IsAbstract:
                var value = _members.Create();
                _members.Read(reader, ref value);
                return value;
            case Named:
                return ReadNamed(reader);
            default:
                throw new InvalidDataException($"A message has no valid mark before a {typeof(T)}.");
        }
    }

    public override T? Copy(T? value)
    {
        if (value is null)
        {
            return null;
        }

        RuntimeHelpers.EnsureSufficientExecutionStack();
        var type = value.GetType();
        return type == typeof(T) ? (T)CopyOf(value)
            : For(type) is IMemberAccess members ? (T)members.CopyOf(value)
            : (T)For(type).CopyObject(value);
    }

    public object CreateObject() => _members.Create();

    public void WriteMembersOf(Writer writer, object value)
    {
        var typed = (T)value;
        _members.Write(writer, ref typed);
    }

    public void ReadMembersOf(Reader reader, object value)
    {
        var typed = (T)value;
        _members.Read(reader, ref typed);
    }

    public object CopyOf(object value)
    {
        if (_shared || typeof(T) == typeof(object))
        {
            return value;
        }

        var from = (T)value;
        var to = _members.Create();
        _members.Copy(ref from, ref to);
        return to;
    }

    private static T ReadNamed(Reader reader)
    {
        var name = reader.ReadString() ?? "";
        var type = SerializableTypes.Find(name);
        if (type is null || !typeof(T).IsAssignableFrom(type))
        {
            throw new InvalidDataException($"A message has a value of type '{name}' where a {typeof(T)} belongs.");
        }

        var codec = For(type);
        if (codec is not IMemberAccess members)
        {
            return (T)codec.ReadObject(reader)!;
        }

        var value = members.CreateObject();
        members.ReadMembersOf(reader, value);
        return (T)value;
    }
}

namespace Orleans.Serialization;

/// <summary>How values of one type are written, read and copied.</summary>
internal abstract class Codec
{
    /// <summary>Whether a value may be shared instead of copied.</summary>
    public abstract bool IsImmutable { get; }

    public abstract void WriteObject(Writer writer, object value);

    public abstract object? ReadObject(Reader reader);

    public abstract object CopyObject(object value);

    public static Codec For(Type type)
        => (Codec)typeof(Codec<>).MakeGenericType(type).GetField(nameof(Codec<int>.Instance))!.GetValue(null)!;
}

internal abstract class Codec<T> : Codec
{
    public static readonly Codec<T> Instance = (Codec<T>)CodecFactory.Create(typeof(T));

    public override bool IsImmutable => true;

    public abstract void Write(Writer writer, T value);

    public abstract T Read(Reader reader);

    public virtual T Copy(T value) => value;

    public sealed override void WriteObject(Writer writer, object value) => Write(writer, (T)value);

    public sealed override object? ReadObject(Reader reader) => Read(reader);

    public sealed override object CopyObject(object value) => Copy((T)value)!;
}

/// <summary>Stands for a type that cannot be serialized: the error comes where such a value is first sent.</summary>
internal sealed class UnsupportedCodec<T> : Codec<T>
{
    public override void Write(Writer writer, T value) => throw Error();

    public override T Read(Reader reader) => throw Error();

    public override T Copy(T value) => throw Error();

    public override bool IsImmutable => false;

    private static NotSupportedException Error()
        => new($"The type {typeof(T)} cannot be serialized: mark it with [GenerateSerializer] and its members with [Id].");
}

internal sealed class DelegateCodec<T>(Action<Writer, T> write, Func<Reader, T> read) : Codec<T>
{
    public override void Write(Writer writer, T value) => write(writer, value);

    public override T Read(Reader reader) => read(reader);
}

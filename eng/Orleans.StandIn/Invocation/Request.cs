using Orleans.Serialization;

namespace Orleans.Invocation;

/// <summary>The result of a method that returns none.</summary>
internal readonly struct Void;

/// <summary>The arguments of one call. The classes by number of arguments spare a generated one for each method.</summary>
internal abstract class Request
{
    public const int MostArguments = 8;

    public abstract void Write(Writer writer);

    public abstract void Read(Reader reader);

    /// <summary>Replaces arguments by copies, so that caller and grain share nothing mutable; bits of the mask exempt arguments.</summary>
    public abstract void Copy(uint shared);

    public static Type TypeFor(Type[] arguments) => arguments.Length switch
    {
        0 => typeof(EmptyRequest),
        1 => typeof(Request<>).MakeGenericType(arguments),
        2 => typeof(Request<,>).MakeGenericType(arguments),
        3 => typeof(Request<,,>).MakeGenericType(arguments),
        4 => typeof(Request<,,,>).MakeGenericType(arguments),
        5 => typeof(Request<,,,,>).MakeGenericType(arguments),
        6 => typeof(Request<,,,,,>).MakeGenericType(arguments),
        7 => typeof(Request<,,,,,,>).MakeGenericType(arguments),
        8 => typeof(Request<,,,,,,,>).MakeGenericType(arguments),
        _ => throw new NotSupportedException($"A grain method has at most {MostArguments} parameters."),
    };
}

internal sealed class EmptyRequest : Request
{
    public override void Write(Writer writer)
    {
    }

    public override void Read(Reader reader)
    {
    }

    public override void Copy(uint shared)
    {
    }
}

internal sealed class Request<T1> : Request
{
    public T1 A1 = default!;

    public override void Write(Writer writer)
    {
        Codec<T1>.Instance.Write(writer, A1);
    }

    public override void Read(Reader reader)
    {
        A1 = Codec<T1>.Instance.Read(reader);
    }

    public override void Copy(uint shared)
    {
        A1 = (shared & 1) != 0 ? A1 : Codec<T1>.Instance.Copy(A1);
    }
}

internal sealed class Request<T1, T2> : Request
{
    public T1 A1 = default!;
    public T2 A2 = default!;

    public override void Write(Writer writer)
    {
        Codec<T1>.Instance.Write(writer, A1);
        Codec<T2>.Instance.Write(writer, A2);
    }

    public override void Read(Reader reader)
    {
        A1 = Codec<T1>.Instance.Read(reader);
        A2 = Codec<T2>.Instance.Read(reader);
    }

    public override void Copy(uint shared)
    {
        A1 = (shared & 1) != 0 ? A1 : Codec<T1>.Instance.Copy(A1);
        A2 = (shared & 2) != 0 ? A2 : Codec<T2>.Instance.Copy(A2);
    }
}

internal sealed class Request<T1, T2, T3> : Request
{
    public T1 A1 = default!;
    public T2 A2 = default!;
    public T3 A3 = default!;

    public override void Write(Writer writer)
    {
        Codec<T1>.Instance.Write(writer, A1);
        Codec<T2>.Instance.Write(writer, A2);
        Codec<T3>.Instance.Write(writer, A3);
    }

    public override void Read(Reader reader)
    {
        A1 = Codec<T1>.Instance.Read(reader);
        A2 = Codec<T2>.Instance.Read(reader);
        A3 = Codec<T3>.Instance.Read(reader);
    }

    public override void Copy(uint shared)
    {
        A1 = (shared & 1) != 0 ? A1 : Codec<T1>.Instance.Copy(A1);
        A2 = (shared & 2) != 0 ? A2 : Codec<T2>.Instance.Copy(A2);
        A3 = (shared & 4) != 0 ? A3 : Codec<T3>.Instance.Copy(A3);
    }
}

internal sealed class Request<T1, T2, T3, T4> : Request
{
    public T1 A1 = default!;
    public T2 A2 = default!;
    public T3 A3 = default!;
    public T4 A4 = default!;

    public override void Write(Writer writer)
    {
        Codec<T1>.Instance.Write(writer, A1);
        Codec<T2>.Instance.Write(writer, A2);
        Codec<T3>.Instance.Write(writer, A3);
        Codec<T4>.Instance.Write(writer, A4);
    }

    public override void Read(Reader reader)
    {
        A1 = Codec<T1>.Instance.Read(reader);
        A2 = Codec<T2>.Instance.Read(reader);
        A3 = Codec<T3>.Instance.Read(reader);
        A4 = Codec<T4>.Instance.Read(reader);
    }

    public override void Copy(uint shared)
    {
        A1 = (shared & 1) != 0 ? A1 : Codec<T1>.Instance.Copy(A1);
        A2 = (shared & 2) != 0 ? A2 : Codec<T2>.Instance.Copy(A2);
        A3 = (shared & 4) != 0 ? A3 : Codec<T3>.Instance.Copy(A3);
        A4 = (shared & 8) != 0 ? A4 : Codec<T4>.Instance.Copy(A4);
    }
}

internal sealed class Request<T1, T2, T3, T4, T5> : Request
{
    public T1 A1 = default!;
    public T2 A2 = default!;
    public T3 A3 = default!;
    public T4 A4 = default!;
    public T5 A5 = default!;

    public override void Write(Writer writer)
    {
        Codec<T1>.Instance.Write(writer, A1);
        Codec<T2>.Instance.Write(writer, A2);
        Codec<T3>.Instance.Write(writer, A3);
        Codec<T4>.Instance.Write(writer, A4);
        Codec<T5>.Instance.Write(writer, A5);
    }

    public override void Read(Reader reader)
    {
        A1 = Codec<T1>.Instance.Read(reader);
        A2 = Codec<T2>.Instance.Read(reader);
        A3 = Codec<T3>.Instance.Read(reader);
        A4 = Codec<T4>.Instance.Read(reader);
        A5 = Codec<T5>.Instance.Read(reader);
    }

    public override void Copy(uint shared)
    {
        A1 = (shared & 1) != 0 ? A1 : Codec<T1>.Instance.Copy(A1);
        A2 = (shared & 2) != 0 ? A2 : Codec<T2>.Instance.Copy(A2);
        A3 = (shared & 4) != 0 ? A3 : Codec<T3>.Instance.Copy(A3);
        A4 = (shared & 8) != 0 ? A4 : Codec<T4>.Instance.Copy(A4);
        A5 = (shared & 16) != 0 ? A5 : Codec<T5>.Instance.Copy(A5);
    }
}

internal sealed class Request<T1, T2, T3, T4, T5, T6> : Request
{
    public T1 A1 = default!;
    public T2 A2 = default!;
    public T3 A3 = default!;
    public T4 A4 = default!;
    public T5 A5 = default!;
    public T6 A6 = default!;

    public override void Write(Writer writer)
    {
        Codec<T1>.Instance.Write(writer, A1);
        Codec<T2>.Instance.Write(writer, A2);
        Codec<T3>.Instance.Write(writer, A3);
        Codec<T4>.Instance.Write(writer, A4);
        Codec<T5>.Instance.Write(writer, A5);
        Codec<T6>.Instance.Write(writer, A6);
    }

    public override void Read(Reader reader)
    {
        A1 = Codec<T1>.Instance.Read(reader);
        A2 = Codec<T2>.Instance.Read(reader);
        A3 = Codec<T3>.Instance.Read(reader);
        A4 = Codec<T4>.Instance.Read(reader);
        A5 = Codec<T5>.Instance.Read(reader);
        A6 = Codec<T6>.Instance.Read(reader);
    }

    public override void Copy(uint shared)
    {
        A1 = (shared & 1) != 0 ? A1 : Codec<T1>.Instance.Copy(A1);
        A2 = (shared & 2) != 0 ? A2 : Codec<T2>.Instance.Copy(A2);
        A3 = (shared & 4) != 0 ? A3 : Codec<T3>.Instance.Copy(A3);
        A4 = (shared & 8) != 0 ? A4 : Codec<T4>.Instance.Copy(A4);
        A5 = (shared & 16) != 0 ? A5 : Codec<T5>.Instance.Copy(A5);
        A6 = (shared & 32) != 0 ? A6 : Codec<T6>.Instance.Copy(A6);
    }
}

internal sealed class Request<T1, T2, T3, T4, T5, T6, T7> : Request
{
    public T1 A1 = default!;
    public T2 A2 = default!;
    public T3 A3 = default!;
    public T4 A4 = default!;
    public T5 A5 = default!;
    public T6 A6 = default!;
    public T7 A7 = default!;

    public override void Write(Writer writer)
    {
        Codec<T1>.Instance.Write(writer, A1);
        Codec<T2>.Instance.Write(writer, A2);
        Codec<T3>.Instance.Write(writer, A3);
        Codec<T4>.Instance.Write(writer, A4);
        Codec<T5>.Instance.Write(writer, A5);
        Codec<T6>.Instance.Write(writer, A6);
        Codec<T7>.Instance.Write(writer, A7);
    }

    public override void Read(Reader reader)
    {
        A1 = Codec<T1>.Instance.Read(reader);
        A2 = Codec<T2>.Instance.Read(reader);
        A3 = Codec<T3>.Instance.Read(reader);
        A4 = Codec<T4>.Instance.Read(reader);
        A5 = Codec<T5>.Instance.Read(reader);
        A6 = Codec<T6>.Instance.Read(reader);
        A7 = Codec<T7>.Instance.Read(reader);
    }

    public override void Copy(uint shared)
    {
        A1 = (shared & 1) != 0 ? A1 : Codec<T1>.Instance.Copy(A1);
        A2 = (shared & 2) != 0 ? A2 : Codec<T2>.Instance.Copy(A2);
        A3 = (shared & 4) != 0 ? A3 : Codec<T3>.Instance.Copy(A3);
        A4 = (shared & 8) != 0 ? A4 : Codec<T4>.Instance.Copy(A4);
        A5 = (shared & 16) != 0 ? A5 : Codec<T5>.Instance.Copy(A5);
        A6 = (shared & 32) != 0 ? A6 : Codec<T6>.Instance.Copy(A6);
        A7 = (shared & 64) != 0 ? A7 : Codec<T7>.Instance.Copy(A7);
    }
}

internal sealed class Request<T1, T2, T3, T4, T5, T6, T7, T8> : Request
{
    public T1 A1 = default!;
    public T2 A2 = default!;
    public T3 A3 = default!;
    public T4 A4 = default!;
    public T5 A5 = default!;
    public T6 A6 = default!;
    public T7 A7 = default!;
    public T8 A8 = default!;

    public override void Write(Writer writer)
    {
        Codec<T1>.Instance.Write(writer, A1);
        Codec<T2>.Instance.Write(writer, A2);
        Codec<T3>.Instance.Write(writer, A3);
        Codec<T4>.Instance.Write(writer, A4);
        Codec<T5>.Instance.Write(writer, A5);
        Codec<T6>.Instance.Write(writer, A6);
        Codec<T7>.Instance.Write(writer, A7);
        Codec<T8>.Instance.Write(writer, A8);
    }

    public override void Read(Reader reader)
    {
        A1 = Codec<T1>.Instance.Read(reader);
        A2 = Codec<T2>.Instance.Read(reader);
        A3 = Codec<T3>.Instance.Read(reader);
        A4 = Codec<T4>.Instance.Read(reader);
        A5 = Codec<T5>.Instance.Read(reader);
        A6 = Codec<T6>.Instance.Read(reader);
        A7 = Codec<T7>.Instance.Read(reader);
        A8 = Codec<T8>.Instance.Read(reader);
    }

    public override void Copy(uint shared)
    {
        A1 = (shared & 1) != 0 ? A1 : Codec<T1>.Instance.Copy(A1);
        A2 = (shared & 2) != 0 ? A2 : Codec<T2>.Instance.Copy(A2);
        A3 = (shared & 4) != 0 ? A3 : Codec<T3>.Instance.Copy(A3);
        A4 = (shared & 8) != 0 ? A4 : Codec<T4>.Instance.Copy(A4);
        A5 = (shared & 16) != 0 ? A5 : Codec<T5>.Instance.Copy(A5);
        A6 = (shared & 32) != 0 ? A6 : Codec<T6>.Instance.Copy(A6);
        A7 = (shared & 64) != 0 ? A7 : Codec<T7>.Instance.Copy(A7);
        A8 = (shared & 128) != 0 ? A8 : Codec<T8>.Instance.Copy(A8);
    }
}

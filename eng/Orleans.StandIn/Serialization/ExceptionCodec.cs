using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>
/// Exceptions cross the wire with type, message, stack trace text and cause, and those marked [GenerateSerializer] with their members
/// too. A type that the receiver does not have arrives as an <see cref="OrleansException"/> that tells about it.
/// </summary>
internal sealed class ExceptionCodec<T> : Codec<T?>
    where T : Exception
{
    public override void Write(Writer writer, T? value) => ExceptionContent.Write(writer, value);

    public override T? Read(Reader reader)
        => ExceptionContent.Read(reader) switch
        {
            null => null,
            T exception => exception,
            var other => throw new InvalidDataException($"A message has a {other.GetType()} where a {typeof(T)} belongs."),
        };
}

internal static class ExceptionContent
{
    private const int MostCauses = 16;

    public static void Write(Writer writer, Exception? exception, int depth = 0)
    {
        if (exception is null || depth == MostCauses)
        {
            writer.WriteByte(0);
            return;
        }

        writer.WriteByte(1);
        var type = exception.GetType();
        writer.WriteString(SerializableTypes.NameOf(type));
        writer.WriteString(exception.Message);
        writer.WriteString(exception.StackTrace);
        writer.WriteZigZag(exception.HResult);
        Write(writer, exception.InnerException, depth + 1);
        var start = writer.BeginPart();
        ExceptionMembers.For(type)?.WriteMembersOf(writer, exception);
        writer.EndPart(start);
    }

    public static Exception? Read(Reader reader, int depth = 0)
    {
        if (reader.ReadByte() == 0)
        {
            return null;
        }

        if (depth == MostCauses)
        {
            throw new InvalidDataException($"A message has an exception with more than {MostCauses} causes.");
        }

        var name = reader.ReadString() ?? "";
        var message = reader.ReadString();
        var stack = reader.ReadString();
        var code = reader.ReadZigZag();
        var cause = Read(reader, depth + 1);
        var end = reader.BeginPart();
        var type = SerializableTypes.FindException(name);
        var exception = type is null
            ? new OrleansException($"{name}: {message}", cause!)
            : (Exception)RuntimeHelpers.GetUninitializedObject(type);
        if (type is not null)
        {
            Restore.Message(exception) = message;
            Restore.Cause(exception) = cause;
            Restore.Code(exception) = (int)code;
            ExceptionMembers.For(type)?.ReadMembersOf(reader, exception);
        }

        Restore.RemoteStack(exception) = stack is null ? null : stack + Environment.NewLine;
        reader.EndPart(end);
        return exception;
    }

    private static class Restore
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_message")]
        public static extern ref string? Message(Exception exception);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_innerException")]
        public static extern ref Exception? Cause(Exception exception);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_HResult")]
        public static extern ref int Code(Exception exception);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_remoteStackTraceString")]
        public static extern ref string? RemoteStack(Exception exception);
    }
}

internal static class ExceptionMembers
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, IMemberAccess?> Known = new();

    /// <summary>The members beyond those of <see cref="Exception"/>; null for exceptions that are not marked as serializable.</summary>
    public static IMemberAccess? For(Type type) => Known.GetOrAdd(type, static type
        => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false)
            ? (IMemberAccess)Activator.CreateInstance(typeof(ClassCodec<>).MakeGenericType(type))!
            : null);
}

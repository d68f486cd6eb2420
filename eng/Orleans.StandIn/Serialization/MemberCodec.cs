using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

internal delegate void WriteMembers<T>(Writer writer, ref T value);

internal delegate void ReadMembers<T>(Reader reader, ref T value);

internal delegate void CopyMembers<T>(ref T from, ref T to);

/// <summary>
/// Writes, reads and copies the members of a type by code emitted once for the type. Emitted rather than built from expressions,
/// because those cannot set read-only fields.
/// </summary>
internal sealed class MemberCodec<T>
{
    private readonly Lazy<WriteMembers<T>> _write;
    private readonly Lazy<ReadMembers<T>> _read;
    private readonly Lazy<CopyMembers<T>> _copy;
    private readonly Lazy<Func<T>> _create;
    private readonly Lazy<List<Member>> _members = new(() => Members.Of(typeof(T)));

    public MemberCodec()
    {
        _write = new(() => Emit<WriteMembers<T>>([typeof(Writer), typeof(T).MakeByRefType()], EmitWrite));
        _read = new(() => Emit<ReadMembers<T>>([typeof(Reader), typeof(T).MakeByRefType()], EmitRead));
        _copy = new(() => Emit<CopyMembers<T>>([typeof(T).MakeByRefType(), typeof(T).MakeByRefType()], EmitCopy));
        _create = new(EmitCreate);
    }

    public bool AllImmutable
    {
        get
        {
            foreach (var member in _members.Value)
            {
                if (!Codec.For(member.Type).IsImmutable)
                {
                    return false;
                }
            }

            return true;
        }
    }

    public T Create() => _create.Value();

    public void Write(Writer writer, ref T value) => _write.Value(writer, ref value);

    public void Read(Reader reader, ref T value) => _read.Value(reader, ref value);

    public void Copy(ref T from, ref T to) => _copy.Value(ref from, ref to);

    private TDelegate Emit<TDelegate>(Type[] parameters, Action<ILGenerator, Member> emit)
        where TDelegate : Delegate
    {
        var method = new DynamicMethod(typeof(TDelegate).Name, typeof(void), parameters, typeof(Codec).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        foreach (var member in _members.Value)
        {
            emit(il, member);
        }

        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<TDelegate>();
    }

    private static void EmitWrite(ILGenerator il, Member member)
    {
        LoadCodec(il, member);
        il.Emit(OpCodes.Ldarg_0);
        LoadObject(il, OpCodes.Ldarg_1);
        Get(il, member);
        il.Emit(OpCodes.Callvirt, CodecMethod(member, nameof(Codec<int>.Write)));
    }

    private static void EmitRead(ILGenerator il, Member member)
    {
        LoadObject(il, OpCodes.Ldarg_1);
        LoadCodec(il, member);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Callvirt, CodecMethod(member, nameof(Codec<int>.Read)));
        Set(il, member);
    }

    private static void EmitCopy(ILGenerator il, Member member)
    {
        LoadObject(il, OpCodes.Ldarg_1);
        LoadCodec(il, member);
        LoadObject(il, OpCodes.Ldarg_0);
        Get(il, member);
        il.Emit(OpCodes.Callvirt, CodecMethod(member, nameof(Codec<int>.Copy)));
        Set(il, member);
    }

    private static Func<T> EmitCreate()
    {
        var constructor = typeof(T).GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, []);
        if (constructor is null || typeof(T).IsAssignableTo(typeof(Exception)))
        {
            return () => (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        }

        var method = new DynamicMethod("Create", typeof(T), [], typeof(Codec).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Newobj, constructor);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<T>>();
    }

    private static void LoadCodec(ILGenerator il, Member member)
        => il.Emit(OpCodes.Ldsfld, typeof(Codec<>).MakeGenericType(member.Type).GetField(nameof(Codec<int>.Instance))!);

    private static MethodInfo CodecMethod(Member member, string name)
        => typeof(Codec<>).MakeGenericType(member.Type).GetMethod(name)!;

    private static void LoadObject(ILGenerator il, OpCode argument)
    {
        il.Emit(argument);
        if (!typeof(T).IsValueType)
        {
            il.Emit(OpCodes.Ldind_Ref);
        }
    }

    private static void Get(ILGenerator il, Member member)
    {
        if (member.Field is { } field)
        {
            il.Emit(OpCodes.Ldfld, field);
        }
        else
        {
            il.Emit(typeof(T).IsValueType ? OpCodes.Call : OpCodes.Callvirt, member.Getter!);
        }
    }

    private static void Set(ILGenerator il, Member member)
    {
        if (member.Field is { } field)
        {
            il.Emit(OpCodes.Stfld, field);
        }
        else
        {
            il.Emit(typeof(T).IsValueType ? OpCodes.Call : OpCodes.Callvirt, member.Setter!);
        }
    }
}

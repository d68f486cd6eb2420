using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Orleans.Messaging;
using Orleans.Runtime;

namespace System.Runtime.CompilerServices
{
    /// <summary>The runtime knows this attribute by its name: emitted proxies may then use what is internal here and in applications.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}

namespace Orleans.Invocation
{
    /// <summary>Emits, once for each grain interface, the class whose methods put their arguments into a request and send it.</summary>
    internal static class ProxyEmitter
    {
        private static readonly Type[] ConstructorTypes =
            [typeof(IRequestSender), typeof(GrainId), typeof(SiloAddress), typeof(GrainInterface)];

        public static Func<IRequestSender, GrainId, SiloAddress?, GrainInterface, GrainReference> Emit(GrainInterface grain)
        {
            var assembly = AssemblyBuilder.DefineDynamicAssembly(
                new AssemblyName($"Orleans.Proxy.{grain.Type.FullName}"), AssemblyBuilderAccess.Run);
            foreach (var name in AssembliesOf(grain))
            {
                assembly.SetCustomAttribute(new CustomAttributeBuilder(
                    typeof(IgnoresAccessChecksToAttribute).GetConstructor([typeof(string)])!, [name]));
            }

            var type = assembly.DefineDynamicModule("proxy").DefineType(
                $"{grain.Type.FullName}Proxy", TypeAttributes.Public | TypeAttributes.Sealed, typeof(GrainReference), [grain.Type]);
            EmitConstructor(type);
            for (var i = 0; i < grain.Methods.Length; i++)
            {
                EmitMethod(type, grain.Methods[i], i);
            }

            return CompileFactory(type.CreateType());
        }

        private static HashSet<string> AssembliesOf(GrainInterface grain)
        {
            var names = new HashSet<string> { typeof(ProxyEmitter).Assembly.GetName().Name! };
            Add(grain.Type);
            foreach (var method in grain.Methods)
            {
                Add(method.Method.DeclaringType!);
                Add(method.Method.ReturnType);
                Array.ForEach(method.ArgumentTypes, Add);
            }

            return names;

            void Add(Type type)
            {
                names.Add(type.Assembly.GetName().Name!);
                Array.ForEach(type.GetGenericArguments(), Add);
                if (type.HasElementType)
                {
                    Add(type.GetElementType()!);
                }
            }
        }

        private static void EmitConstructor(TypeBuilder type)
        {
            var parent = typeof(GrainReference).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, ConstructorTypes)!;
            var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, ConstructorTypes).GetILGenerator();
            for (short i = 0; i <= ConstructorTypes.Length; i++)
            {
                il.Emit(OpCodes.Ldarg, i);
            }

            il.Emit(OpCodes.Call, parent);
            il.Emit(OpCodes.Ret);
        }

        private static void EmitMethod(TypeBuilder type, GrainMethod method, int index)
        {
            var builder = type.DefineMethod(
                $"{method.Method.DeclaringType!.FullName}.{method.Method.Name}",
                MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.NewSlot,
                method.Method.ReturnType,
                method.ArgumentTypes);
            var il = builder.GetILGenerator();
            var result = method.GetType().GetGenericArguments()[0];

            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldc_I4, index);
            il.Emit(OpCodes.Newobj, method.RequestType.GetConstructor([])!);
            for (short i = 0; i < method.ArgumentTypes.Length; i++)
            {
                il.Emit(OpCodes.Dup);
                il.Emit(OpCodes.Ldarg, (short)(i + 1));
                il.Emit(OpCodes.Stfld, method.RequestType.GetField($"A{i + 1}")!);
            }

            il.Emit(OpCodes.Call, typeof(GrainReference)
                .GetMethod(nameof(GrainReference.Call), BindingFlags.Instance | BindingFlags.NonPublic)!.MakeGenericMethod(result));
            if (method.Method.ReturnType.IsValueType)
            {
                var task = method.Method.ReturnType == typeof(ValueTask) ? typeof(Task) : typeof(Task<>).MakeGenericType(result);
                il.Emit(OpCodes.Newobj, method.Method.ReturnType.GetConstructor([task])!);
            }

            il.Emit(OpCodes.Ret);
            type.DefineMethodOverride(builder, method.Method);
        }

        private static Func<IRequestSender, GrainId, SiloAddress?, GrainInterface, GrainReference> CompileFactory(Type proxy)
        {
            var factory = new DynamicMethod("Create", typeof(GrainReference), ConstructorTypes, typeof(ProxyEmitter).Module, skipVisibility: true);
            var il = factory.GetILGenerator();
            for (short i = 0; i < ConstructorTypes.Length; i++)
            {
                il.Emit(OpCodes.Ldarg, i);
            }

            il.Emit(OpCodes.Newobj, proxy.GetConstructor(ConstructorTypes)!);
            il.Emit(OpCodes.Ret);
            return factory.CreateDelegate<Func<IRequestSender, GrainId, SiloAddress?, GrainInterface, GrainReference>>();
        }
    }
}

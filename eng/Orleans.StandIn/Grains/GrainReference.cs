using System.Text;
using Orleans.Invocation;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>A typed address of a grain. The proxy of each grain interface derives from it.</summary>
    public class GrainReference : IAddressable, IEquatable<GrainReference>
    {
        private readonly GrainInterface _interface;

        internal GrainReference(IRequestSender sender, GrainId grainId, SiloAddress? silo, GrainInterface grainInterface)
        {
            Sender = sender;
            GrainId = grainId;
            Silo = silo;
            _interface = grainInterface;
        }

        public GrainId GrainId { get; }

        internal IRequestSender Sender { get; }

        /// <summary>For the silos' own services, which live on one silo; null for grains.</summary>
        internal SiloAddress? Silo { get; }

        public static bool operator ==(GrainReference? reference1, GrainReference? reference2) => Equals(reference1, reference2);

        public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !Equals(reference1, reference2);

        public virtual TGrainInterface Cast<TGrainInterface>()
            where TGrainInterface : IAddressable
            => (TGrainInterface)(object)Sender.CreateReference(typeof(TGrainInterface), GrainId, Silo);

        public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

        public override bool Equals(object? obj) => Equals(obj as GrainReference);

        public override int GetHashCode() => GrainId.GetHashCode();

        /// <summary>What the methods of proxies call.</summary>
        internal Task<TResult> Call<TResult>(int method, Request request)
            => Sender.Send((GrainMethod<TResult>)_interface.Methods[method], this, request);

        public sealed override string ToString() => $"GrainReference:{GrainId}";
    }
}

namespace Orleans
{
    public static class GrainExtensions
    {
        public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain)
            => (TGrainInterface)AsReference(grain, typeof(TGrainInterface));

        public static object AsReference(this IAddressable grain, Type interfaceType)
        {
            var reference = Reference(grain);
            return interfaceType.IsInstanceOfType(reference)
                ? reference
                : reference.Sender.CreateReference(interfaceType, reference.GrainId, reference.Silo);
        }

        public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => AsReference<TGrainInterface>(grain);

        public static GrainId GetGrainId(this IAddressable grain)
            => grain is IGrainBase instance ? instance.GrainContext.GrainId : Reference(grain).GrainId;

        public static string GetPrimaryKeyString(this IAddressable grain) => Encoding.UTF8.GetString(GetGrainId(grain).Key.AsSpan());

        private static GrainReference Reference(IAddressable grain) => grain switch
        {
            GrainReference reference => reference,
            IGrainBase instance => instance.GrainContext.GrainReference,
            _ => throw new ArgumentException($"A {grain.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
        };
    }
}

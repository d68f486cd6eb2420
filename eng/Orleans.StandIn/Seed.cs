#pragma warning disable
namespace Orleans
{
    public interface IAddressable { }
    public interface IGrain : IAddressable { }
    public interface IGrainWithStringKey : IGrain { }
    [AttributeUsage(AttributeTargets.All)] public sealed class AliasAttribute(string alias) : Attribute { public string Alias { get; } = alias; }
    [AttributeUsage(AttributeTargets.All)] public sealed class GenerateSerializerAttribute : Attribute { }
    [AttributeUsage(AttributeTargets.All)] public sealed class IdAttribute(uint id) : Attribute { public uint Id { get; } = id; }
    [AttributeUsage(AttributeTargets.All)] public sealed class ImmutableAttribute : Attribute { }
    [AttributeUsage(AttributeTargets.Method)] public sealed class ResponseTimeoutAttribute(string timeout) : Attribute { public TimeSpan Timeout { get; } = TimeSpan.Parse(timeout); }
}
namespace Orleans.Concurrency
{
    [AttributeUsage(AttributeTargets.Method)] public sealed class OneWayAttribute : Attribute { }
}

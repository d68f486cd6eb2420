namespace Doozer.Client;

/// <summary>
/// The default namespace, and the way to the others; all share one sender and so one limit on requests under way.
/// </summary>
internal sealed class DoozerClient : DoozerNamespace, IDoozerClient
{
    private readonly Func<string, INamespaceGrain> _grains;
    private readonly RequestSender _sender;

    public DoozerClient(
        Func<string, INamespaceGrain> grains,
        DoozerClientOptions options,
        GatewayWatch gateways,
        TimeProvider time,
        Random random)
        : this(grains, options.Namespace, new RequestSender(options, gateways, time, random))
    {
    }

    private DoozerClient(Func<string, INamespaceGrain> grains, string name, RequestSender sender)
        : base(grains, name, sender)
    {
        _grains = grains;
        _sender = sender;
    }

    public IDoozerNamespace Namespace(string name)
    {
        if (string.IsNullOrEmpty(name))
            throw new InvalidNamespaceException(name ?? "", "it is empty");
        return new DoozerNamespace(_grains, name, _sender);
    }
}

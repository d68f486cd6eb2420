using System.Net;

namespace Orleans.Configuration;

public abstract class MessagingOptions
{
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    public TimeSpan ResponseTimeoutWithDebugger { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Largest message in bytes; a larger one is refused where it is sent and breaks the connection where it arrives.</summary>
    public int MaxMessageBodySize { get; set; } = 100 * 1024 * 1024;
}

public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>Most requests that wait for one activation; 0 for the stand-in's own bound.</summary>
    public int MaxEnqueuedRequestsHardLimit { get; set; }

    public TimeSpan SystemResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

public class ClientMessagingOptions : MessagingOptions
{
    public IPAddress? LocalAddress { get; set; }
}

public class ConnectionOptions
{
    public TimeSpan ConnectionRetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan OpenConnectionTimeout { get; set; } = TimeSpan.FromSeconds(5);
}

public class GatewayOptions
{
    public TimeSpan GatewayListRefreshPeriod { get; set; } = TimeSpan.FromMinutes(1);

    public int PreferredGatewayIndex { get; set; } = -1;
}

public class StaticGatewayListProviderOptions
{
    public List<Uri> Gateways { get; set; } = [];
}

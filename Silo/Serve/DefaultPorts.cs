namespace Doozer.Silo.Serve;

/// <summary>
/// The ports of a node of which only the HTTP port is known. Nodes on one machine have consecutive HTTP ports, and so do their
/// silos and gateways: with HTTP on 8002 the silo is on 11113 and the gateway on 30002.
/// </summary>
internal static class DefaultPorts
{
    public const int Http = 8000;
    public const int Silo = 11111;
    public const int Gateway = 30000;

    private const int MaxOnOneMachine = 100;

    public static int SiloBeside(int http) => Silo + Offset(http);

    public static int GatewayBeside(int http) => Gateway + Offset(http);

    // Any other HTTP port, 80 or 443 say, means nothing for the rest.
    private static int Offset(int http) => http is >= Http and < Http + MaxOnOneMachine ? http - Http : 0;
}

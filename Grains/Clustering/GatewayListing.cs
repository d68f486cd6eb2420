using System.Net;
using System.Threading.Channels;

namespace Doozer.Clustering;

/// <summary>
/// The live gateways, for clients that ask this node. Many may ask: the table is read at most once a second for all of them, and
/// while there is no quorum they get what was read last.
/// </summary>
internal sealed class GatewayListing(ClusteringNode node, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _turn = Channel.CreateBounded<bool>(1);
    private readonly QuorumMembershipTable _table = new(node, time);
    private MembershipImage? _last;
    private string? _error;
    private long _readAt;
    private bool _wasRead;

    /// <summary>
    /// The table, at most a second old, or the last that could be read; null when none could be, with the reason.
    /// </summary>
    public async Task<(MembershipImage? Image, string? Error)> Read(CancellationToken cancellation)
    {
        await _turn.Writer.WriteAsync(true, cancellation);
        try
        {
            if (_wasRead && time.GetElapsedTime(_readAt) < Fresh)
                return (_last, _error);
            await Refresh();
            _readAt = time.GetTimestamp();
            _wasRead = true;
            return (_last, _error);
        }
        finally
        {
            _turn.Reader.TryRead(out _);
        }
    }

    public static List<string> Of(MembershipImage image)
    {
        var gateways = new List<string>();
        foreach (MembershipRow row in image.Rows)
        {
            MembershipEntry entry = row.Entry;
            if (entry.Status != SiloStatus.Active || entry.ProxyPort <= 0)
                continue;
            var endpoint = new IPEndPoint(entry.SiloAddress.Endpoint.Address, entry.ProxyPort);
            gateways.Add($"gwy.tcp://{endpoint}/{entry.SiloAddress.Generation}");
        }

        return gateways;
    }

    private async Task Refresh()
    {
        using var limit = new CancellationTokenSource(node.Options.PeerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, node.Stopping);
        try
        {
            _last = await _table.ReadImage(either.Token);
            _error = null;
        }
        catch (Exception exception) when (exception is ClusteringException or OperationCanceledException or InvalidDataException)
        {
            _error = exception is OperationCanceledException
                ? $"The membership table has no quorum: {node.Register.DescribeQuorum()}."
                : exception.Message;
        }
    }
}

using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Doozer.Clustering;

/// <summary>
/// Helps a silo to join: has it write its row when no other silo does, and finds out whether those that it waits for are gone.
/// </summary>
internal sealed partial class SiloJoin(
    ClusteringNode node,
    QuorumMembershipTable table,
    ILocalSiloDetails silo,
    TimeProvider time,
    ILogger<SiloJoin> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private const int ChecksBeforeVote = 3;
    private static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _joined = new();

    public void Participate(ISiloLifecycle lifecycle)
    {
        Subscribe(lifecycle, ServiceLifecycleStage.AfterRuntimeGrainServices - 1, table.ExpectWrite);
        Subscribe(lifecycle, ServiceLifecycleStage.ValidateInitialConnectivity - 1, () => _ = WatchActiveSilos(_joined.Token));
        Subscribe(lifecycle, ServiceLifecycleStage.ValidateInitialConnectivity + 1, () =>
        {
            _joined.Cancel();
            table.ExpectWrite();
        });
    }

    public void Dispose()
    {
        _joined.Cancel();
        _joined.Dispose();
    }

    private void Subscribe(ISiloLifecycle lifecycle, int stage, Action start) => lifecycle.Subscribe(
        nameof(SiloJoin),
        stage,
        _ =>
        {
            start();
            return Task.CompletedTask;
        },
        _ => _joined.CancelAsync());

    /// <summary>While the silo joins, looks whether at least one of the active silos is there.</summary>
    private async Task WatchActiveSilos(CancellationToken joined)
    {
        int missed = 0;
        while (true)
        {
            try
            {
                await Task.Delay(CheckPeriod, time, joined);
                MembershipImage read = await table.ReadImage(joined);
                MembershipEntry[] active = read.ActiveBeside(silo.SiloAddress);
                missed = active.Length > 0 && !await IsAnyAlive(active, read, joined) ? missed + 1 : 0;
                if (missed < ChecksBeforeVote)
                    continue;
                SiloAddress[] unreached = [.. active.Select(entry => entry.SiloAddress)];
                if (missed == ChecksBeforeVote)
                    LogUnreached(node.Node, string.Join(", ", unreached.Select(address => address.Endpoint)));
                await table.Change(
                    image => image.WithUnreached(
                        silo.SiloAddress, unreached, IsQuorum, time.GetUtcNow().UtcDateTime, QuorumMembershipTable.NewChange),
                    joined);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception)
            {
                // Most likely there is no quorum; then nobody can be declared dead, and nobody can join either.
                missed = 0;
                LogCannotWatch(node.Node, exception.Message);
            }
        }
    }

    // Silos that have names of their own, and not their nodes', are of an application whose peers are all acceptors.
    private bool IsQuorum(string[] silos)
    {
        RegisterMembers members = node.Register.Members;
        return silo.Name == node.Node ? members.IsPhase1Quorum(silos) : silos.Length >= members.Current.Phase1;
    }

    private async Task<bool> IsAnyAlive(MembershipEntry[] active, MembershipImage read, CancellationToken joined)
    {
        bool[] alive = await Task.WhenAll(active.Select(entry => IsAlive(entry, read, joined)));
        return alive.Contains(true);
    }

    // That its port is open is not enough: a process that hangs has it open too.
    private async Task<bool> IsAlive(MembershipEntry entry, MembershipImage read, CancellationToken joined)
    {
        bool isNamedAsPeer = node.Nodes.List.Find(entry.SiloName) is not null;
        if (isNamedAsPeer && read.HasReturnedElsewhere(entry))
            return false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(joined);
        limit.CancelAfter(node.Options.PeerTimeout);
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(entry.SiloAddress.Endpoint, limit.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            joined.ThrowIfCancellationRequested();
            return false;
        }

        return !isNamedAsPeer || await node.Peers.Ask(entry.SiloName, RegisterRequest.Hello) is not null;
    }

    [LoggerMessage(
        210,
        LogLevel.Warning,
        "{Node} joins and reaches none of the silos that are listed as active: {Silos}. " +
        "They are declared dead when a quorum of the peers finds so")]
    private partial void LogUnreached(string node, string silos);

    [LoggerMessage(211, LogLevel.Information, "{Node} cannot find out whether the active silos are there: {Reason}")]
    private partial void LogCannotWatch(string node, string reason);
}

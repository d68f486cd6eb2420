using System.Threading.Channels;
using Doozer;
using Doozer.Client;
using Doozer.Client.Recipes;
using Microsoft.Extensions.Hosting;

namespace SingletonJob;

/// <summary>One piece of work that was done.</summary>
public sealed record Report(string Silo, long Token);

/// <summary>Runs on every silo, and works on one at a time.</summary>
public sealed class Job(IDoozerClient doozer, FencedFile file, string silo, ChannelWriter<Report> reports) : BackgroundService
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using Session session = await doozer.OpenSessionAsync(Ttl, silo, stoppingToken);
                await using LockHandle turn = await new DistributedLock(doozer, "/jobs/report")
                    .AcquireAsync(session, cancellationToken: stoppingToken);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, turn.Lost);
                await WorkAsync(turn.FencingToken, stop.Token);
            }
            catch (Exception exception) when (exception is DoozerException or OperationCanceledException)
            {
                // The session is over, or the store cannot be reached: once more from the start.
                await Task.Delay(Pause, TimeProvider.System, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WorkAsync(long token, CancellationToken stop)
    {
        while (file.TryWrite(token, $"written by {silo}"))
        {
            await reports.WriteAsync(new Report(silo, token), stop);
            await Task.Delay(Pause, TimeProvider.System, stop);
        }
    }
}

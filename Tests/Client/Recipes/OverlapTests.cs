using Doozer.Client;
using Doozer.Client.Recipes;

namespace Doozer.Tests.Client.Recipes;

public sealed class OverlapTests
{
    private const int Enough = 30;

    private readonly TestStore _store = new();
    private readonly Lock _gate = new();
    private readonly List<Session> _holders = [];
    private long _newest;
    private int _grants;

    /// <summary>
    /// Three contend for a lock; calls fail in all ways, and each of them is cut off for 12 s of every 36 s, longer than a ttl.
    /// </summary>
    [Fact]
    public async Task Never_do_two_hold_a_lock_and_tokens_only_rise()
    {
        Task[] contenders = [.. Enumerable.Range(0, 3).Select(number => Contend(number))];
        await _store.RunUntil(() => contenders.All(task => task.IsCompleted));
        await Task.WhenAll(contenders);
    }

    private async Task Contend(int number)
    {
        (IDoozerClient client, TestConnection connection) = _store.Connect();
        var random = new Random(number);
        Fault[] faults = Enum.GetValues<Fault>();
        connection.Faults = (_, _) =>
            (int)(_store.Time.Now.TotalSeconds / 12) % 3 == number ? Fault.Hangs
            : random.Next(10) == 0 ? faults[random.Next(faults.Length)]
            : Fault.None;
        while (Volatile.Read(ref _grants) < Enough)
        {
            try
            {
                await using Session session = await client.OpenSessionAsync(cancellationToken: ClientFixture.Token);
                while (session.IsAlive && Volatile.Read(ref _grants) < Enough)
                    await HoldOnce(client, session, TimeSpan.FromSeconds(random.NextDouble() * 3));
            }
            catch (Exception exception) when (exception is DoozerException or TimeoutException)
            {
                // Once more.
            }
        }
    }

    private async Task HoldOnce(IDoozerClient client, Session session, TimeSpan length)
    {
        await using LockHandle held = await new DistributedLock(client, "/lock")
            .AcquireAsync(session, TimeSpan.FromSeconds(20), ClientFixture.Token);
        lock (_gate)
        {
            _holders.ShouldAllBe(other => !other.IsAlive);
            held.FencingToken.ShouldBeGreaterThan(_newest);
            _newest = held.FencingToken;
            _grants++;
            _holders.Add(session);
        }

        await Task.Delay(length, _store.Time, session.Lost)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        lock (_gate)
            _holders.Remove(session);
    }
}

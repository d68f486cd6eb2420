using System.Diagnostics;
using System.Globalization;
using Doozer.Chaos.Load;
using Doozer.Client;
using Doozer.Client.Recipes;

namespace Doozer.Chaos.Locks;

/// <summary>
/// A process that takes the lock again and again. It tells on its output when it got it and how long it knows that it has it, and
/// writes to the fenced file of <see cref="LockHolders"/> whether it still has it or not, as a process does that was paused
/// between the one and the other.
/// </summary>
internal static class LockWorker
{
    /// <summary>What the program's first argument is then; the nodes' addresses follow.</summary>
    public const string Argument = "--lock-worker";

    public const string Namespace = "locks";

    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task Run(IReadOnlyList<string> addresses)
    {
        // It ends with the one who started it.
        _ = Task.Run(static () =>
        {
            Console.In.ReadToEnd();
            Environment.Exit(0);
        });
        await using LibraryStore library = await Connect([.. addresses.Select(address => new Uri(address))]);
        var random = new Random(Environment.ProcessId);
        IDoozerNamespace store = library.Namespace(Namespace);
        while (true)
        {
            try
            {
                await using Session session = await store.OpenSessionAsync(Ttl);
                while (session.IsAlive)
                    await Hold(store, session, random);
            }
            catch (Exception)
            {
                // The store cannot be reached, or not in time, or the session is over: again, with another.
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    // One that is started again while nodes are down finds no gateway at first.
    private static async Task<LibraryStore> Connect(Uri[] nodes)
    {
        while (true)
        {
            try
            {
                return await LibraryStore.Connect(nodes, CancellationToken.None);
            }
            catch (Exception)
            {
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private static async Task Hold(IDoozerNamespace store, Session session, Random random)
    {
        await using LockHandle held = await new DistributedLock(store, "/lock").AcquireAsync(session, TimeSpan.FromSeconds(20));
        long from = Stopwatch.GetTimestamp();
        for (int left = random.Next(10, 60); left > 0; left--)
        {
            Tell($"write {held.FencingToken}");

            // The clock is read first: it had the lock then, if it still has it now.
            long now = Stopwatch.GetTimestamp();
            if (held.Lost.IsCancellationRequested || !session.IsAlive)
                return;
            Tell($"held {held.FencingToken} {from} {now}");
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }

    private static void Tell(FormattableString what) => Console.WriteLine(what.ToString(CultureInfo.InvariantCulture));
}

using Doozer.Client.Recipes;

namespace Doozer.Tests.Client.Recipes;

/// <summary>
/// Whatever fails, at whichever call, and whoever gives up meanwhile: nothing stays behind while the session lives.
/// </summary>
public sealed class GivingUpTests
{
    private const string Path = "/shared";

    private readonly TestStore _store = new();

    public static TheoryData<string, string, int> Failures
    {
        get
        {
            // More calls than any of them makes before it waits.
            var data = new TheoryData<string, string, int>();
            foreach (string recipe in new[] { "lock", "writer", "semaphore", "leader" })
            {
                foreach (Fault fault in Enum.GetValues<Fault>())
                {
                    for (int call = 0; call < 4; call++)
                        data.Add(recipe, $"{fault}", call);
                }
            }

            return data;
        }
    }

    /// <summary>It gives up while the call that fails is under way, or as soon as it waits for the other.</summary>
    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Giving_up_leaves_nothing_behind(string recipe, string fault, int call)
    {
        Member holder = await Member.Join(_store);
        Member other = await Member.Join(_store);
        IAsyncDisposable held = await Enter(recipe, holder, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        int begun = other.Connection.Calls.Length;
        bool met = false;
        other.Connection.Faults = (method, count) =>
        {
            // Sessions live on: what is asked here is not what they do for it.
            if (method == nameof(INamespaceGrain.KeepAlive) || met || count - begun < call)
                return Fault.None;
            met = true;
            return Enum.Parse<Fault>(fault);
        };
        Task<IAsyncDisposable> entering = Enter(recipe, other, stop.Token);
        await _store.RunUntil(() => met || other.Connection.Count("Wait") > 0 || entering.IsCompleted);
        await stop.CancelAsync();
        await _store.RunUntil(() => entering.IsCompleted);
        await Should.ThrowAsync<Exception>(entering);

        await held.DisposeAsync();
        await _store.RunUntil(() => _store.FilesIn(Path).Result.Length == 0);
        other.Session.IsAlive.ShouldBeTrue("it was not the end of the session that tidied up");

        // Nor does anything come later.
        _store.Time.RunFor(TimeSpan.FromMinutes(1));
        IAsyncDisposable next = await _store.Run(Enter(recipe, holder, CancellationToken.None));
        await next.DisposeAsync();
        (await _store.FilesIn(Path)).ShouldBeEmpty();
    }

    /// <summary>It is free: who asks is on its way in when a call fails and it gives up.</summary>
    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Giving_up_on_the_way_in_leaves_nothing_behind(string recipe, string fault, int call)
    {
        Member member = await Member.Join(_store);
        using var stop = new CancellationTokenSource();
        int begun = member.Connection.Calls.Length;
        bool met = false;
        member.Connection.Faults = (method, count) =>
        {
            if (method == nameof(INamespaceGrain.KeepAlive) || met || count - begun < call)
                return Fault.None;
            met = true;
            _ = stop.CancelAsync();
            return Enum.Parse<Fault>(fault);
        };
        Task<IAsyncDisposable> entering = Enter(recipe, member, stop.Token);
        await _store.RunUntil(() => entering.IsCompleted);
        if (entering.IsCompletedSuccessfully)
            await _store.Run(Leave(await entering));
        else
            await Should.ThrowAsync<Exception>(entering);
        await _store.RunUntil(() => _store.FilesIn(Path).Result.Length == 0);
        member.Session.IsAlive.ShouldBeTrue();
    }

    private static async Task<bool> Leave(IAsyncDisposable held)
    {
        await held.DisposeAsync();
        return true;
    }

    private static async Task<IAsyncDisposable> Enter(string recipe, Member member, CancellationToken stop) => recipe switch
    {
        "lock" => await new DistributedLock(member.Client, Path).AcquireAsync(member.Session, null, stop),
        "writer" => await new DistributedReaderWriterLock(member.Client, Path).AcquireWriteAsync(member.Session, null, stop),
        "semaphore" => await new DistributedSemaphore(member.Client, Path, 1).AcquireAsync(member.Session, null, stop),
        _ => await new LeaderElection(member.Client, Path).CampaignAsync(member.Session, new byte[] { 1 }, stop),
    };
}

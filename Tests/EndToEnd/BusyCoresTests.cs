namespace Doozer.Tests.EndToEnd;

/// <summary>It keeps all cores busy itself, so nothing else runs beside it.</summary>
[Collection(BusyCoresCollection.Name)]
public sealed class BusyCoresTests
{
    [Fact]
    public async Task Nobody_is_declared_dead_while_all_cores_are_busy_for_ten_seconds()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        var busy = TimeSpan.FromSeconds(10);
        Thread[] threads = [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            long start = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(start) < busy)
                Thread.SpinWait(10_000);
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        for (int node = 0; node < cluster.Count; node++)
        {
            MemberStatus[] all = [];
            await cluster.WaitForMembers(node, members => (all = members).Length > 0);
            all.Select(member => member.Status).ShouldBe(["Active", "Active", "Active"]);
        }

        (await cluster.Command(0, "x", "add", "/a")).ExitCode.ShouldBe(0);
    }
}

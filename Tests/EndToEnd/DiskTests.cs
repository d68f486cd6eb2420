using System.Net;

namespace Doozer.Tests.EndToEnd;

/// <summary>What a node does on a real disk that takes no more.</summary>
public sealed class DiskTests
{
    private const int MaxWrites = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_on_a_full_disk_says_so_and_serves_reads_and_deletes_and_writes_again_once_there_is_room()
    {
        await using var cluster = new ProcessCluster(1);
        string data = Path.Combine(cluster.Directory, "n1");
        using var disk = SmallDisk.CreateOrSkip(data, 8);

        // Too small for the log's first file.
        cluster.Start(0);
        (await cluster.Process(0).WaitForExit()).ShouldBe(2);
        string refusal = cluster.Process(0).Error;
        refusal.ShouldContain(data);
        refusal.ShouldContain("disk was full");

        disk.Resize(80);
        await StartAndWait(cluster);
        string body = new('x', 1 << 20);
        int written = 0;

        // A snapshot may make room again at any time.
        async Task IsSoOnceFull(Func<Task<bool>> isSo)
        {
            do
            {
                while (await IsWritten(cluster, written, body))
                    (++written).ShouldBeLessThan(MaxWrites, "the disk does not get full");
            }
            while (!await isSo());
        }

        await IsSoOnceFull(async () =>
        {
            using HttpResponseMessage refused = await cluster.Put(0, "/more", "x", 0, Cancellation);
            return refused.StatusCode == HttpStatusCode.InsufficientStorage
                && (await refused.Content.ReadAsStringAsync(Cancellation)).Contains("\"code\":\"disk-full\"");
        });
        written.ShouldBeGreaterThan(10);

        // It goes on, for whoever reads and for what makes room, and says what is the matter.
        for (int i = 0; i < written; i++)
            (await cluster.Get(0, $"/f{i}")).ShouldBe(body);
        (await cluster.Command(0, "", "del", "/f0", "-1")).ExitCode.ShouldBe(0);
        await IsSoOnceFull(async () =>
            (await cluster.Command(0, "", "status")).Output.Contains("nearly full, no writes but deletes"));
        await IsSoOnceFull(async () =>
            (await cluster.Command(0, "x", "set", "/more", "-1")).Error.Contains("the disk of n1 is nearly full"));
        await IsSoOnceFull(async () =>
        {
            using HttpResponseMessage ready = await cluster.Ask(0, "/readyz");
            return (await ready.Content.ReadAsStringAsync(Cancellation)).StartsWith("ready, but the disk is nearly full");
        });
        cluster.Process(0).Output.ShouldContain($"The disk of '{data}' is nearly full");

        disk.Resize(300);
        await cluster.WaitUntilSaid(0, "has room again");
        while (!await IsWritten(cluster, MaxWrites, body))
            cluster.Process(0).HasExited.ShouldBeFalse();
        (await cluster.Get(0, "/f1")).ShouldBe(body);
        (await cluster.Get(0, "/f0")).ShouldBeNull();
        cluster.Process(0).HasExited.ShouldBeFalse();
    }

    [Fact]
    public async Task A_node_whose_log_is_taken_away_says_so_in_one_line()
    {
        await using var cluster = new ProcessCluster(1);
        await StartAndWait(cluster);
        Directory.Delete(Path.Combine(cluster.Directory, "n1", "log"), recursive: true);
        int written = 0;
        while (await IsWritten(cluster, written, new string('x', 1 << 20)))
            (++written).ShouldBeLessThan(MaxWrites, "the log needs no new file");
        (await cluster.Process(0).WaitForExit()).ShouldBe(2);
        string said = cluster.Process(0).Output;
        said.Split('\n').Count(line => line.Contains("Writing the log failed")).ShouldBe(1, said);
        said.ShouldContain("the node must not start without what it has promised");
        said.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task A_node_on_a_read_only_disk_does_not_start_and_says_so_and_has_everything_once_it_can_write()
    {
        await using var cluster = new ProcessCluster(1);
        string data = Path.Combine(cluster.Directory, "n1");
        using var disk = SmallDisk.CreateOrSkip(data, 100);
        await StartAndWait(cluster);
        (await cluster.Command(0, "hello", "add", "/greeting")).Output.ShouldBe("1\n");
        (await cluster.Process(0).Terminate()).ShouldBe(0);

        disk.MakeReadOnly();
        cluster.Start(0);
        (await cluster.Process(0).WaitForExit()).ShouldBe(2);
        string refusal = cluster.Process(0).Error;
        refusal.ShouldContain(data);
        refusal.ShouldContain("Read-only file system");
        refusal.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1, refusal);

        disk.MakeWritable();
        await StartAndWait(cluster);
        (await cluster.Command(0, "", "get", "/greeting")).Output.ShouldBe("hello");
    }

    private static Task StartAndWait(ProcessCluster cluster)
    {
        cluster.Start(0);
        return cluster.WaitUntilReady(0);
    }

    private static async Task<bool> IsWritten(ProcessCluster cluster, int file, string body)
    {
        try
        {
            using HttpResponseMessage response = await cluster.Put(0, $"/f{file}", body, 0, Cancellation);
            return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

using Doozer.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private static readonly WriteAheadLogOptions Options =
        new() { SegmentBytes = 8192, MaxRecordBytes = 512, MaxQueuedBytes = 4096 };
    private readonly TemporaryDirectory _temporary = new();

    private string DataPath => Path.Combine(_temporary.Path, "data", "n1");

    private string IdentityPath => Path.Combine(DataPath, "identity");

    [Fact]
    public void A_directory_is_made_and_keeps_its_identity()
    {
        Guid incarnation;
        using (var made = DataDirectory.Open(DataPath, "prod", "n1"))
        {
            made.IsNew.ShouldBeTrue();
            (made.Cluster, made.Node, made.Path).ShouldBe(("prod", "n1", DataPath));
            incarnation = made.Incarnation;
            incarnation.ShouldNotBe(Guid.Empty);
        }

        using var again = DataDirectory.Open(DataPath, "prod", "n1");
        again.IsNew.ShouldBeFalse();
        again.Incarnation.ShouldBe(incarnation);
    }

    [Fact]
    public void A_second_opening_is_refused_until_the_first_is_closed()
    {
        using (DataDirectory.Open(DataPath, "prod", "n1"))
            ShouldRefuse(StorageError.Locked, "in use").ShouldContain(DataPath);
        DataDirectory.Open(DataPath, "prod", "n1").Dispose();
    }

    [Theory]
    [InlineData("prod", "n2", "belongs to node 'n1', not 'n2'")]
    [InlineData("test", "n1", "belongs to cluster 'prod', not 'test'")]
    public void Another_nodes_or_clusters_directory_is_refused_and_stays_usable(string cluster, string node, string says)
    {
        DataDirectory.Open(DataPath, "prod", "n1").Dispose();
        ShouldRefuse(StorageError.Foreign, says, cluster, node);
        DataDirectory.Open(DataPath, "prod", "n1").Dispose();
    }

    [Fact]
    public void An_identity_with_any_bit_wrong_or_any_end_missing_is_refused()
    {
        DataDirectory.Open(DataPath, "prod", "n1").Dispose();
        byte[] sound = File.ReadAllBytes(IdentityPath);
        for (int at = 0; at < sound.Length; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = sound.ToArray();
                damaged[at] ^= (byte)(1 << bit);
                NodeIdentity.Parse(damaged).ShouldBeNull($"byte {at} bit {bit}");
            }

            NodeIdentity.Parse(sound.AsSpan(0, at)).ShouldBeNull($"{at} bytes");
        }

        sound[^3] ^= 1;
        File.WriteAllBytes(IdentityPath, sound);
        ShouldRefuse(StorageError.Damaged, "damaged").ShouldContain(IdentityPath);
    }

    [Fact]
    public async Task A_log_without_an_identity_is_refused()
    {
        await WriteLog();
        File.Delete(IdentityPath);
        ShouldRefuse(StorageError.Damaged, "no identity file");
    }

    [Fact]
    public async Task An_identity_without_the_log_it_had_is_refused()
    {
        await WriteLog();
        Directory.Delete(Path.Combine(DataPath, "log"), recursive: true);
        using var data = DataDirectory.Open(DataPath, "prod", "n1");
        StorageException error = Should.Throw<StorageException>(() => OpenLog(data, []));
        error.Error.ShouldBe(StorageError.Damaged);
        error.Message.ShouldContain("the whole log is missing");
    }

    [Fact]
    public async Task The_log_goes_on_where_it_was()
    {
        await WriteLog();
        await WriteLog();
        using var data = DataDirectory.Open(DataPath, "prod", "n1");
        List<byte[]> found = [];
        await using INodeLog log = OpenLog(data, found);
        found.ShouldBe([[1, 2, 3], [1, 2, 3]]);
    }

    [Fact]
    public void A_path_that_cannot_be_a_directory_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_temporary.Path, "data"));
        File.WriteAllText(DataPath, "a file");
        ShouldRefuse(StorageError.Unusable, "cannot be used").ShouldContain(DataPath);
    }

    [Theory]
    [InlineData("prod", "")]
    [InlineData("", "n1")]
    [InlineData("prod", "n1\nincarnation: 0")]
    public void A_name_the_identity_could_not_hold_is_refused(string cluster, string node)
    {
        ShouldRefuse(StorageError.Unusable, "plain name", cluster, node);
        Directory.Exists(DataPath).ShouldBeFalse();
    }

    public void Dispose() => _temporary.Dispose();

    private static INodeLog OpenLog(DataDirectory data, List<byte[]> found) =>
        data.OpenLog(Options, (_, payload) => found.Add(payload.ToArray()), NullLogger.Instance, _ => { });

    private async Task WriteLog()
    {
        using var data = DataDirectory.Open(DataPath, "prod", "n1");
        await using INodeLog log = OpenLog(data, []);
        await log.Append("main", new byte[] { 1, 2, 3 });
    }

    private string ShouldRefuse(StorageError why, string says, string cluster = "prod", string node = "n1")
    {
        StorageException error = Should.Throw<StorageException>(() => DataDirectory.Open(DataPath, cluster, node));
        error.Error.ShouldBe(why);
        error.Message.ShouldContain(says);
        return error.Message;
    }
}

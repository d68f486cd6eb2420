using System.Text;
using Doozer.Clustering;
using Doozer.Simulation;
using Doozer.Storage;

namespace Doozer.Tests.Clustering;

public sealed class AcceptorFileTests
{
    private const string Folder = "/data";
    private static readonly string FilePath = Path.Combine(Folder, AcceptorFile.Name);

    [Fact]
    public void A_crash_leaves_the_last_record_or_the_one_being_written()
    {
        for (int seed = 1; seed <= 60; seed++)
        {
            var random = new Random(seed);
            var disk = new SimulatedDisk(seed);
            AcceptorFile.Create(disk, Folder, JournalRecord(0)).Dispose();
            int last = 0;
            for (int life = 0; life < 3; life++)
            {
                using var file = AcceptorFile.Open(disk, Folder);
                Encoding.ASCII.GetString(file.Record).ShouldStartWith($"record {last} ");
                int writing = last;
                int operationsLeft = random.Next(1, 12);
                disk.Before = _ =>
                {
                    if (--operationsLeft < 0)
                        throw new IOException("crash");
                };
                try
                {
                    while (true)
                    {
                        writing = last + 1;
                        file.Write(JournalRecord(writing));
                        last = writing;
                    }
                }
                catch (IOException)
                {
                    disk.Before = static _ => { };
                    disk.Crash(random);
                }

                using var reopened = AcceptorFile.Open(disk, Folder);
                string found = Encoding.ASCII.GetString(reopened.Record);
                string[] allowed =
                    [Encoding.ASCII.GetString(JournalRecord(last)), Encoding.ASCII.GetString(JournalRecord(writing))];
                allowed.Contains(found).ShouldBeTrue($"seed {seed}: {found[..12]}, not {last} or {writing}");
                last = int.Parse(found.Split(' ')[1]);
            }
        }
    }

    [Fact]
    public void A_file_whose_maker_died_before_its_name_was_durable_is_not_lost_in_the_next_crash()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            var disk = new SimulatedDisk(seed)
            {
                Before = static operation =>
                {
                    if (operation == "flush directory")
                        throw new IOException("killed");
                },
            };
            Should.Throw<IOException>(() => AcceptorFile.Create(disk, Folder, JournalRecord(1)));
            disk.Before = static _ => { };
            using (var file = AcceptorFile.Open(disk, Folder))
                file.Write(JournalRecord(2));
            disk.Crash(new Random(seed));
            using var reopened = AcceptorFile.Open(disk, Folder);
            reopened.Record.ShouldBe(JournalRecord(2), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_damaged_copy_loses_nothing(int copy)
    {
        var disk = new SimulatedDisk();
        var file = AcceptorFile.Create(disk, Folder, JournalRecord(1));
        file.Write(JournalRecord(2));
        disk[FilePath][(copy * AcceptorFile.CopyBytes) + 30] ^= 1;

        using var reopened = AcceptorFile.Open(disk, Folder);
        reopened.Record.ShouldBe(JournalRecord(2));
        reopened.WasRepaired.ShouldBeTrue();
        using var again = AcceptorFile.Open(disk, Folder);
        again.WasRepaired.ShouldBeFalse();
    }

    [Fact]
    public void Two_damaged_copies_are_refused_with_the_file_and_what_to_do()
    {
        var disk = new SimulatedDisk();
        AcceptorFile.Create(disk, Folder, JournalRecord(1)).Dispose();
        disk[FilePath][30] ^= 1;
        disk[FilePath][AcceptorFile.CopyBytes + 40] ^= 1;

        StorageException error = Should.Throw<StorageException>(() => AcceptorFile.Open(disk, Folder));
        error.Error.ShouldBe(StorageError.Damaged);
        error.Message.ShouldContain(FilePath);
        error.Message.ShouldContain("delete the clustering folder");

        disk.Remove(FilePath);
        Should.Throw<StorageException>(() => AcceptorFile.Open(disk, Folder)).Message.ShouldContain("is missing");
    }

    [Fact]
    public void The_file_never_grows()
    {
        var disk = new SimulatedDisk();
        using var file = AcceptorFile.Create(disk, Folder, JournalRecord(0));
        file.Write(new byte[AcceptorFile.MaxRecordBytes]);
        disk[FilePath].Length.ShouldBeLessThan(1_000_000);
        Should.Throw<StorageException>(() => file.Write(new byte[AcceptorFile.MaxRecordBytes + 1]))
            .Error.ShouldBe(StorageError.TooLarge);
    }

    private static byte[] JournalRecord(int number) =>
        Encoding.ASCII.GetBytes($"record {number} {new string('x', 700 * (1 + (number % 3)))}");
}

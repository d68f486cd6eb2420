using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Doozer.Tests.StandIn;

/// <summary>The stand-in's own format: what it does with bytes that are not a message.</summary>
public sealed class SerializerTests
{
    [Fact]
    public void A_message_cut_anywhere_is_refused()
    {
        var whole = Write(Everything.Sample());

        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            Should.Throw<InvalidDataException>(() => Read<Everything>(cut), $"cut at {length}");
        }
    }

    [Fact]
    public void A_flipped_byte_never_does_worse_than_an_exception()
    {
        var whole = Write(Everything.Sample());

        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = whole.ToArray();
            damaged[i] ^= 0xFF;
            try
            {
                Read<Everything>(damaged);
            }
            catch (Exception e) when (e is InvalidDataException or OverflowException or ArgumentException)
            {
                // Refused, and without allocating more than the message could hold.
            }
        }
    }

    [Fact]
    public void A_named_type_that_does_not_fit_is_refused()
    {
        var cat = Write<Animal>(new Cat { Name = "Tom" });

        Should.Throw<InvalidDataException>(() => Read<Tree>(cat));
    }

    [Fact]
    public void Membership_data_survives()
    {
        var entry = new MembershipEntry { SiloAddress = SiloAddress.FromParsableString("127.0.0.1:1@7"), SiloName = "n1", Status = SiloStatus.Active };
        entry.AddSuspector(entry.SiloAddress, new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var data = new MembershipTableData(Tuple.Create(entry, "etag"), new TableVersion(3, "three"));

        var back = Read<MembershipTableData>(Write(data));

        back.Version.ShouldBe(data.Version);
        var row = back.TryGet(entry.SiloAddress).ShouldNotBeNull();
        row.Item2.ShouldBe("etag");
        row.Item1.SiloName.ShouldBe("n1");
        row.Item1.SuspectTimes.ShouldBe(entry.SuspectTimes);
    }

    [Fact]
    public void A_copy_shares_nothing_mutable()
    {
        var original = Everything.Sample();

        var copy = Codec<Everything>.Instance.Copy(original);

        original.ShouldMatch(copy);
        copy.Bytes.ShouldNotBeSameAs(original.Bytes);
        copy.Tree.ShouldNotBeSameAs(original.Tree);
    }

    private static byte[] Write<T>(T value)
    {
        var writer = Writer.Rent();
        Codec<T>.Instance.Write(writer, value);
        var bytes = writer.Written().ToArray();
        writer.Return();
        return bytes;
    }

    private static T Read<T>(byte[] bytes)
    {
        var reader = new Reader();
        reader.Reset(bytes, 0, bytes.Length);
        return Codec<T>.Instance.Read(reader);
    }
}

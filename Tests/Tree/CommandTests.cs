using System.Buffers;
using System.Text;
using Doozer.Tree;

namespace Doozer.Tests.Tree;

public sealed class CommandTests
{
    private static readonly Guid Id = new("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9");

    public static TheoryData<int, string, int, long> Commands => new()
    {
        { (int)CommandKind.Set, "/a", 0, -1 },
        { (int)CommandKind.Set, "/a/b-c.d_e", 1, 0 },
        { (int)CommandKind.Set, "/" + new string('x', 1023), 70_000, long.MaxValue - 1 },
        { (int)CommandKind.Set, "/", 3, 127 },
        { (int)CommandKind.Del, "/a/b", 0, 128 },
        { (int)CommandKind.Nop, "/", 0, -1 },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void Survives_encoding(int kind, string path, int length, long revision)
    {
        byte[] body = new byte[length];
        new Random(length).NextBytes(body);
        var command = new Command(Id, (CommandKind)kind, path, body, revision);

        var decoded = Command.Decode(Encode(command));

        decoded.RequestId.ShouldBe(Id);
        ((int)decoded.Kind).ShouldBe(kind);
        decoded.Path.ShouldBe(path);
        decoded.Revision.ShouldBe(revision);
        decoded.Body.ToArray().ShouldBe(body);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    public void A_tree_limit_survives_encoding(long limit)
    {
        Command set = Command.Set("/a", "xyz"u8.ToArray(), 5, Id) with { TreeLimit = limit };
        var decoded = Command.Decode(Encode(set));
        (decoded.TreeLimit, decoded.Revision, decoded.Path).ShouldBe((limit, 5, "/a"));
        decoded.Body.ToArray().ShouldBe("xyz"u8.ToArray());
        Should.Throw<InvalidCommandException>(() => Encode(Command.Del("/a", 5) with { TreeLimit = limit }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue - 1)]
    public void A_floor_survives_encoding(long floor)
    {
        Command[] commands = [Command.Set("/a", "x"u8.ToArray(), 5, Id), Command.Del("/a", 5, Id), Command.Nop(Id)];
        foreach (Command command in commands)
        {
            Command.Decode(Encode(command)).Floor.ShouldBeNull();
            var decoded = Command.Decode(Encode(command with { Floor = floor }));
            (decoded.Floor, decoded.Kind, decoded.Path).ShouldBe((floor, command.Kind, command.Path));
            decoded.Body.ToArray().ShouldBe(command.Body.ToArray());
        }

        Should.Throw<InvalidCommandException>(() => Encode(Command.Nop(Id) with { Floor = -1 }));
    }

    [Fact]
    public void Commands_of_version_1_are_read()
    {
        byte[] first = [0x10, .. Id.ToByteArray(), 6, 2, (byte)'/', (byte)'a', (byte)'x'];
        Encode(Command.Set("/a", "x"u8.ToArray(), 5, Id)).ShouldBe(first);
        Command.Decode(first).TreeLimit.ShouldBe(0);
    }

    [Fact]
    public void Is_compact() => Encode(Command.Set("/a/b", "xyz"u8.ToArray(), 5, Id)).Length.ShouldBe(1 + 16 + 1 + 1 + 4 + 3);

    [Fact]
    public void Every_truncation_before_the_body_is_refused()
    {
        byte[] encoded = Encode(Command.Set("/abc/def", default, 300, Id));
        for (int length = 0; length < encoded.Length; length++)
            Should.Throw<InvalidCommandException>(() => Command.Decode(encoded.AsMemory(0, length)), $"{length} bytes");
    }

    [Fact]
    public void Any_byte_may_be_wrong_without_another_error()
    {
        byte[] good = Encode(Command.Set("/abc/def", "body"u8.ToArray(), 300, Id));
        for (int position = 0; position < good.Length; position++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] bytes = [.. good];
                bytes[position] = (byte)value;
                try
                {
                    var decoded = Command.Decode(bytes);
                    TreePath.Invalid(decoded.Path, root: true).ShouldBeNull();
                    decoded.Revision.ShouldBeGreaterThanOrEqualTo(-1);
                }
                catch (InvalidCommandException exception)
                {
                    exception.Message.ShouldStartWith("The command is not valid: ");
                }
            }
        }
    }

    [Theory]
    [InlineData(0x00, "version is 0")]
    [InlineData(0x40, "version is 4")]
    [InlineData(0x13, "kind is 3")]
    [InlineData(0x33, "Check cannot stand alone")]
    [InlineData(0x37, "kind is 7")]
    [InlineData(0x1F, "kind is 15")]
    public void Unknown_versions_and_kinds_are_named(int first, string message)
    {
        byte[] bytes = Encode(Command.Set("/a", default, 0, Id));
        bytes[0] = (byte)first;
        Should.Throw<InvalidCommandException>(() => Command.Decode(bytes)).Message.ShouldContain(message);
    }

    [Fact]
    public void Numbers_that_are_too_long_are_refused()
    {
        byte[] bytes = [0x10, .. new byte[16], .. Enumerable.Repeat((byte)0xFF, 10), 2, (byte)'/', (byte)'a'];
        Should.Throw<InvalidCommandException>(() => Command.Decode(bytes));
        bytes[26] = 1;
        Should.Throw<InvalidCommandException>(() => Command.Decode(bytes)).Message.ShouldContain("out of range");
    }

    [Fact]
    public void Paths_that_are_not_ascii_are_refused()
    {
        byte[] path = Encoding.UTF8.GetBytes("/é");
        byte[] bytes = [0x10, .. new byte[16], 0, (byte)path.Length, .. path];
        Should.Throw<InvalidCommandException>(() => Command.Decode(bytes)).Message.ShouldContain("path is not valid");
    }

    [Fact]
    public void What_would_not_decode_is_not_encoded()
    {
        Should.Throw<InvalidCommandException>(() => Encode(Command.Set("a", default, 0)));
        Should.Throw<InvalidCommandException>(() => Encode(Command.Set("/a", default, -2)));
        Should.Throw<InvalidCommandException>(() => Encode(Command.Del("/a", long.MaxValue)));
        Should.Throw<InvalidCommandException>(() => Encode(new Command(Id, CommandKind.Del, "/a", new byte[1], 0)));
        Should.Throw<InvalidCommandException>(() => Encode(new Command(Id, CommandKind.Nop, "/a", default, 0)));
        Should.Throw<InvalidCommandException>(() => Encode(new Command(Id, (CommandKind)9, "/a", default, 0)));
    }

    private static byte[] Encode(Command command)
    {
        var writer = new ArrayBufferWriter<byte>();
        command.Encode(writer);
        return writer.WrittenSpan.ToArray();
    }
}

using System.Buffers.Binary;
using System.Net.Sockets;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using Orleans.Serialization;

namespace Orleans.Messaging;

/// <summary>The first frame of a connection: who connects, and to which cluster and silo it means to.</summary>
internal sealed record Hello(string ClusterId, string ServiceId, SiloAddress? From, SiloAddress? To)
{
    public bool IsSilo => From is not null;
}

/// <summary>The silo's answer: who it is, and the interfaces whose calls may go through any gateway.</summary>
internal sealed record Welcome(SiloAddress Silo, uint[] UnorderedInterfaces);

internal static class Handshake
{
    private const uint Magic = 0x4E534F31;
    private const int MostBytes = 1 << 16;

    /// <summary>Introduces ourselves; returns who answers.</summary>
    public static async Task<Welcome> ConnectAsync(Socket socket, Hello hello, CancellationToken token)
    {
        await SendAsync(
            socket,
            writer =>
            {
                writer.WriteUInt32(Magic);
                writer.WriteString(hello.ClusterId);
                writer.WriteString(hello.ServiceId);
                writer.WriteString(hello.From?.ToParsableString());
                writer.WriteString(hello.To?.ToParsableString());
            },
            token);
        var reader = await ReceiveAsync(socket, token);
        var error = reader.ReadString();
        var silo = Address(reader.ReadString())
            ?? throw new InvalidDataException("The silo answered without telling its address.");
        if (hello.To is { Generation: > 0 } expected && !expected.Equals(silo))
        {
            throw new SiloReplacedException(expected, silo);
        }

        var unordered = new uint[reader.ReadCount()];
        for (var i = 0; i < unordered.Length; i++)
        {
            unordered[i] = reader.ReadUInt32();
        }

        return error is null ? new Welcome(silo, unordered) : throw new ConnectionFailedException($"The silo {silo} refused the connection: {error}");
    }

    public static async Task<Hello> AcceptAsync(Socket socket, CancellationToken token)
    {
        var reader = await ReceiveAsync(socket, token);
        return reader.ReadUInt32() == Magic
            ? new Hello(reader.ReadString() ?? "", reader.ReadString() ?? "", Address(reader.ReadString()), Address(reader.ReadString()))
            : throw new InvalidDataException("A connection does not speak this protocol.");
    }

    public static Task ReplyAsync(Socket socket, string? error, Welcome welcome, CancellationToken token)
        => SendAsync(
            socket,
            writer =>
            {
                writer.WriteString(error);
                writer.WriteString(welcome.Silo.ToParsableString());
                writer.WriteVarint((ulong)welcome.UnorderedInterfaces.Length);
                foreach (var id in welcome.UnorderedInterfaces)
                {
                    writer.WriteUInt32(id);
                }
            },
            token);

    private static SiloAddress? Address(string? text)
        => text is null ? null
            : SiloAddress.TryParse(text, out var address) ? address
            : throw new InvalidDataException($"'{text}' is not a silo address.");

    private static async Task SendAsync(Socket socket, Action<Writer> write, CancellationToken token)
    {
        var writer = Writer.Rent();
        write(writer);
        var frame = writer.Complete().ToArray();
        writer.Return();
        for (var sent = 0; sent < frame.Length;)
        {
            sent += await socket.SendAsync(frame.AsMemory(sent), token);
        }
    }

    private static async Task<Reader> ReceiveAsync(Socket socket, CancellationToken token)
    {
        var prefix = await ReceiveExactlyAsync(socket, Writer.LengthBytes, token);
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length is < 0 or > MostBytes)
        {
            throw new InvalidDataException($"A greeting of {length} bytes is not one of ours.");
        }

        var reader = new Reader();
        reader.Reset(await ReceiveExactlyAsync(socket, length, token), 0, length);
        return reader;
    }

    private static async Task<byte[]> ReceiveExactlyAsync(Socket socket, int count, CancellationToken token)
    {
        var buffer = new byte[count];
        for (var received = 0; received < count;)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(received), token);
            received += read > 0 ? read : throw new EndOfStreamException("The connection was closed during its greeting.");
        }

        return buffer;
    }
}

/// <summary>Another incarnation of the silo answers at its address.</summary>
internal sealed class SiloReplacedException(SiloAddress expected, SiloAddress actual)
    : Exception($"The silo {expected} is gone: {actual} answers at its address.")
{
    public SiloAddress Actual { get; } = actual;
}

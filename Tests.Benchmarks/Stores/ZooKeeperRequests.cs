using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Doozer.Benchmarks.Stores;

/// <summary>Requests as ZooKeeper's protocol writes them, one behind the other, to be sent together.</summary>
internal sealed class ZooKeeperRequests
{
    /// <summary>The number of an answer to a ping.</summary>
    public const int OfPing = -2;

    /// <summary>The number of what comes without a request: the event of a watch.</summary>
    public const int OfNotification = -1;

    // The numbers of requests need only differ from those above: answers come in order.
    private const int AnyNumber = 1;
    private const int AllPermissions = 31;
    private const int AnyVersion = -1;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly ArrayBufferWriter<byte> _request = new();

    /// <summary>The types of requests.</summary>
    private enum Kind
    {
        CloseSession = -11,
        Create = 1,
        GetData = 4,
        SetData = 5,
        Sync = 9,
        Ping = 11,
    }

    public int Length => _bytes.WrittenCount;

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    public void Clear() => _bytes.ResetWrittenCount();

    public void Create(string path, byte[] data)
    {
        Begin(Kind.Create);
        Text(path);
        Data(data);

        // One entry of access control: everybody may do everything. Then the flags of an ordinary node.
        Number(1);
        Number(AllPermissions);
        Text("world");
        Text("anyone");
        Number(0);
        End();
    }

    public void Set(string path, byte[] data)
    {
        Begin(Kind.SetData);
        Text(path);
        Data(data);
        Number(AnyVersion);
        End();
    }

    public void Get(string path, bool watch)
    {
        Begin(Kind.GetData);
        Text(path);
        _request.Write([watch ? (byte)1 : (byte)0]);
        End();
    }

    public void Sync(string path)
    {
        Begin(Kind.Sync);
        Text(path);
        End();
    }

    public void Ping()
    {
        Begin(Kind.Ping, OfPing);
        End();
    }

    public void Close()
    {
        Begin(Kind.CloseSession);
        End();
    }

    private void Begin(Kind kind, int number = AnyNumber)
    {
        Number(number);
        Number((int)kind);
    }

    /// <summary>A request is preceded by its length.</summary>
    private void End()
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.GetSpan(4), _request.WrittenCount);
        _bytes.Advance(4);
        _bytes.Write(_request.WrittenSpan);
        _request.ResetWrittenCount();
    }

    private void Number(int number)
    {
        BinaryPrimitives.WriteInt32BigEndian(_request.GetSpan(4), number);
        _request.Advance(4);
    }

    private void Data(byte[] data)
    {
        Number(data.Length);
        _request.Write(data);
    }

    private void Text(string text)
    {
        Number(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, _request);
    }
}

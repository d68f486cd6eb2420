using System.Text;
using Doozer.Storage.Format;

namespace Doozer.Storage;

/// <summary>
/// The records that wait for the next write together, already encoded, and the one task all their callers await.
/// </summary>
internal sealed class AppendBatch
{
    private const int KeptBytes = 4 << 20;
    private byte[] _bytes = new byte[64 << 10];
    private TaskCompletionSource _done = NewCompletion();

    public int Length { get; private set; }

    public int Count { get; private set; }

    public Task Done => _done.Task;

    public Span<byte> Records => _bytes.AsSpan(0, Length);

    /// <summary>Copies the payload: the caller may use its memory again at once.</summary>
    public Task Add(string group, int groupBytes, ReadOnlySpan<byte> payload)
    {
        int size = LogRecord.SizeOf(groupBytes, payload.Length);
        if (_bytes.Length - Length < size)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)Length + size)));
        LogRecord.Encode(_bytes.AsSpan(Length, size), group, groupBytes, payload);
        Length += size;
        Count++;
        return _done.Task;
    }

    public static int GroupBytes(string group) => Encoding.UTF8.GetByteCount(group);

    public void Complete() => _done.SetResult();

    public void Fail(StorageException error)
    {
        _done.SetException(error);

        // A caller that does not await its append must not bring up an unobserved exception later: onFatal tells.
        _ = _done.Task.Exception;
    }

    /// <summary>Makes the batch ready for use again, without keeping what an unusual burst needed.</summary>
    public void Reset()
    {
        if (_bytes.Length > KeptBytes)
            _bytes = new byte[KeptBytes];
        Length = 0;
        Count = 0;
        _done = NewCompletion();
    }

    private static TaskCompletionSource NewCompletion() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

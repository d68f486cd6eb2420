using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Doozer.Client;

/// <summary>A connection to a gateway, with a note of when something was last sent and heard by it.</summary>
internal sealed class GatewayConnection : IDuplexPipe
{
    private readonly ConnectionContext _connection;
    private readonly TimeProvider _time;
    private readonly long _opened;
    private long _sent;
    private long _heard;

    /// <summary>Puts itself between a connection and who uses it.</summary>
    public GatewayConnection(ConnectionContext connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _opened = time.GetTimestamp();
        Input = new Reader(this, connection.Transport.Input);
        Output = new Writer(this, connection.Transport.Output);
        connection.Transport = this;
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Ends it if what was sent by it since a time has no answer of any kind; or nothing ever was heard by it.</summary>
    public void AbortIfSilentSince(long timestamp)
    {
        long heard = Volatile.Read(ref _heard);
        if (heard >= timestamp)
            return;
        if (Volatile.Read(ref _sent) >= timestamp || (heard == 0 && _opened < timestamp))
            _connection.Abort(new ConnectionAbortedException("The gateway is silent."));
    }

    private void Hear() => Volatile.Write(ref _heard, _time.GetTimestamp());

    private void Send() => Volatile.Write(ref _sent, _time.GetTimestamp());

    private sealed class Reader(GatewayConnection connection, PipeReader inner) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
            inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            ReadResult result = await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
            connection.Hear();
            return result;
        }

        public override bool TryRead(out ReadResult result)
        {
            if (!inner.TryRead(out result))
                return false;
            connection.Hear();
            return true;
        }
    }

    private sealed class Writer(GatewayConnection connection, PipeWriter inner) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            connection.Send();
            return inner.FlushAsync(cancellationToken);
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);
    }
}

namespace Doozer.Silo.Commands;

/// <summary>Stands for a stream that is closed: whoever needs it is told, and all others go on.</summary>
internal sealed class ClosedStream(string message) : SequentialStream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override int Read(byte[] buffer, int offset, int count) => throw new IOException(message);

    public override void Write(byte[] buffer, int offset, int count) => throw new IOException(message);

    public override void Flush()
    {
    }
}

using System.Runtime.InteropServices;

namespace Doozer.Silo.Commands;

/// <summary>
/// Output that somebody reads: once the reader of a pipe has left, as <c>head</c> does, the command ends. The console's own
/// stream would let it go on for ever.
/// </summary>
/// <param name="inner">Where it goes.</param>
/// <param name="descriptor">The same as the system knows it.</param>
internal sealed partial class ReadOutput(Stream inner, int descriptor) : SequentialStream
{
    private const short Error = 0x8;
    private const short HangUp = 0x10;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="ReaderGone">Nobody reads any more.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (IOException)
        {
            RequireReader();
            throw;
        }

        RequireReader();
    }

    /// <exception cref="ReaderGone">Nobody reads any more.</exception>
    public override void Flush()
    {
        inner.Flush();
        RequireReader();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void RequireReader()
    {
        if (OperatingSystem.IsWindows())
            return;
        var file = new PolledFile { Descriptor = descriptor };
        if (Poll(ref file, 1, 0) > 0 && (file.Found & (Error | HangUp)) != 0)
            throw new ReaderGone();
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PolledFile file, nuint count, int timeout);
}

/// <summary>Nobody reads the output any more. That is no fault: there is nothing left to do.</summary>
internal sealed class ReaderGone() : IOException("Nobody reads standard output any more."), IOperatorError;

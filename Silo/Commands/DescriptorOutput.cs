using System.Runtime.InteropServices;

namespace Doozer.Silo.Commands;

/// <summary>
/// Writes to a file that the process was started with, and nothing but what it is given: the console's own stream sends a
/// terminal orders of its own first (<c>ESC [?1h ESC =</c>).
/// </summary>
internal sealed partial class DescriptorOutput(int descriptor) : SequentialStream
{
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const short MayWrite = 0x4;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    /// <summary>A stream for standard output (1) or standard error (2).</summary>
    public static Stream Open(int descriptor)
    {
        if (OperatingSystem.IsLinux())
            return new DescriptorOutput(descriptor);
        return descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="IOException">The disk is full, or nobody reads any more.</exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint written = WriteSome(descriptor, start + done, (nuint)(buffer.Length - done));
                if (written >= 0)
                    done += (int)written;
                else
                    Await(Marshal.GetLastPInvokeError());
            }
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // Another process may have made it return at once when nothing can be written.
    private void Await(int error)
    {
        switch (error)
        {
            case Interrupted:
                break;
            case WouldBlock:
                var file = new PolledFile { Descriptor = descriptor, Wanted = MayWrite };
                _ = Poll(ref file, 1, timeout: -1);
                break;
            default:
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint WriteSome(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PolledFile file, nuint count, int timeout);
}

/// <summary>What <c>poll</c> is asked about a file.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PolledFile
{
    public int Descriptor;
    public short Wanted;
    public short Found;
}

using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Doozer.Chaos.Network;

/// <summary>
/// A network interface whose other end is this process: it reads the IP packets that the system sends there, and what it writes
/// arrives there. The interface may be moved to another network namespace and is gone when this process is, however it ends.
/// </summary>
internal sealed partial class TunDevice : IDisposable
{
    /// <summary>Holds any packet: interfaces are made with an MTU of 1500.</summary>
    public const int MaxPacket = 2048;

    // From linux/if_tun.h and linux/if.h.
    private const nuint SetInterface = 0x400454ca;
    private const short Tun = 0x0001;
    private const short NoPacketInformation = 0x1000;
    private const int NameLength = 16;
    private const int Eintr = 4;
    private const int RequestLength = 40;

    private readonly SafeFileHandle _handle;

    /// <param name="name">Of the interface, at most 15 characters.</param>
    /// <exception cref="IOException">The system does not permit it; the message says why.</exception>
    public TunDevice(string name)
    {
        _handle = File.OpenHandle("/dev/net/tun", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        byte[] request = new byte[RequestLength];
        Encoding.ASCII.GetBytes(name, request);
        MemoryMarshal.Write(request.AsSpan(NameLength), (short)(Tun | NoPacketInformation));
        if (IoControl(_handle, SetInterface, request) >= 0)
            return;
        string error = Marshal.GetLastPInvokeErrorMessage();
        _handle.Dispose();
        throw new IOException($"The interface {name} cannot be made: {error}");
    }

    /// <summary>Waits for a packet.</summary>
    /// <exception cref="IOException">The interface is gone.</exception>
    public int Read(Span<byte> packet)
    {
        while (true)
        {
            nint length = Read(_handle, packet, (nuint)packet.Length);
            if (length >= 0)
                return (int)length;
            if (Marshal.GetLastPInvokeError() != Eintr)
                throw new IOException($"The interface cannot be read: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Delivers a packet, unless the interface is down or gone: then it is lost, as on any network.</summary>
    public void Write(ReadOnlySpan<byte> packet)
    {
        try
        {
            _ = Write(_handle, packet, (nuint)packet.Length);
        }
        catch (ObjectDisposedException)
        {
        }
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int IoControl(SafeFileHandle file, nuint request, [In, Out] byte[] argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Read(SafeFileHandle file, Span<byte> packet, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> packet, nuint length);
}

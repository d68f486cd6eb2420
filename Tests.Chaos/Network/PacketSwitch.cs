using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Doozer.Chaos.Network;

/// <summary>Carries packets between ports, as far as the conditions let it.</summary>
/// <param name="ports">One for each participant.</param>
/// <param name="portOf">Which port has an IPv4 address with this last byte; negative for none.</param>
/// <param name="seed">Decides which packets are lost.</param>
internal sealed class PacketSwitch(IReadOnlyList<TunDevice> ports, Func<byte, int> portOf, int seed) : IDisposable
{
    private const int MaxDelayed = 100_000;

    private const int HeaderLength = 20;
    private const int LastByteOfDestination = 19;
    private const int Version4 = 4;

    private readonly PriorityQueue<Packet, (TimeSpan Due, long Number)> _delayed = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _number;
    private volatile LinkConditions _conditions = LinkConditions.Good;
    private bool _stopped;

    public LinkConditions Conditions
    {
        get => _conditions;
        set => _conditions = value;
    }

    public void Start()
    {
        for (int port = 0; port < ports.Count; port++)
        {
            int from = port;
            new Thread(() => Forward(from)) { IsBackground = true, Name = $"port {port}" }.Start();
        }

        new Thread(DeliverDelayed) { IsBackground = true, Name = "late packets" }.Start();
    }

    public void Dispose()
    {
        lock (_delayed)
        {
            _stopped = true;
            Monitor.PulseAll(_delayed);
        }
    }

    private void Forward(int from)
    {
        var random = new Random(seed + from);
        byte[] packet = new byte[TunDevice.MaxPacket];
        try
        {
            while (true)
            {
                int length = ports[from].Read(packet);
                if (length >= HeaderLength
                    && packet[0] >> 4 == Version4
                    && portOf(packet[LastByteOfDestination]) is var to and >= 0)
                {
                    Send(from, to, packet.AsSpan(0, length), random);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The interface is gone, and with it all that could send.
        }
    }

    private void Send(int from, int to, ReadOnlySpan<byte> packet, Random random)
    {
        LinkConditions conditions = _conditions;
        if (conditions.IsCut(from, to) || (conditions.IsLossy(from, to) && random.NextDouble() < conditions.Loss))
            return;
        if (!conditions.IsSlow(from, to))
        {
            ports[to].Write(packet);
            return;
        }

        TimeSpan due = _clock.Elapsed + conditions.Delay;
        lock (_delayed)
        {
            // Over the limit a packet is lost, as in any queue.
            if (_delayed.Count < MaxDelayed)
                _delayed.Enqueue(new Packet(from, to, packet.ToArray()), (due, _number++));
            Monitor.Pulse(_delayed);
        }
    }

    private void DeliverDelayed()
    {
        lock (_delayed)
        {
            while (!_stopped)
            {
                if (!_delayed.TryPeek(out Packet packet, out (TimeSpan Due, long Number) place))
                {
                    Monitor.Wait(_delayed);
                }
                else if (place.Due - _clock.Elapsed is var left && left > TimeSpan.Zero)
                {
                    Monitor.Wait(_delayed, left);
                }
                else
                {
                    _delayed.Dequeue();
                    // A cut that came meanwhile holds for what is under way, too.
                    if (!_conditions.IsCut(packet.From, packet.To))
                        ports[packet.To].Write(packet.Bytes);
                }
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Packet(int From, int To, byte[] Bytes);
}

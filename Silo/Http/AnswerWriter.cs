using System.Buffers;
using System.Text;

namespace Doozer.Silo.Http;

/// <summary>
/// Writes an answer in pieces. Of a large one only the piece on its way is held: the next is made when the network has taken it.
/// A client that takes nothing for ten seconds is cut off.
/// </summary>
/// <param name="sink">Where to.</param>
/// <param name="answers">What all answers share.</param>
/// <param name="stop">Gives up.</param>
internal sealed class AnswerWriter(IAnswerSink sink, Answers answers, CancellationToken stop) : IDisposable
{
    /// <summary>So much is gathered before it is sent.</summary>
    private const int FlushBytes = 32 << 10;

    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(10);

    private int _held;

    /// <summary>Writes a text.</summary>
    public async ValueTask Write(string text)
    {
        await Reserve(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, sink.Buffer);
    }

    /// <summary>Writes bytes, which are copied.</summary>
    public async ValueTask Write(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlyMemory<byte> piece = bytes[..Math.Min(bytes.Length, FlushBytes)];
            await Reserve(piece.Length);
            sink.Buffer.Write(piece.Span);
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>Sends what was written, and completes when the network has taken it.</summary>
    /// <exception cref="OperationCanceledException">The client was cut off, has left, or the answer is given up.</exception>
    public async ValueTask Flush()
    {
        if (_held == 0)
            return;
        ValueTask flush = sink.Flush(stop);
        if (!flush.IsCompletedSuccessfully)
        {
            try
            {
                await flush.AsTask().WaitAsync(ReadPatience, answers.Time, stop);
            }
            catch (TimeoutException exception)
            {
                Dispose();
                answers.CountCutOff();
                sink.Abort();
                throw new OperationCanceledException("The client reads nothing.", exception);
            }
        }

        Dispose();
    }

    /// <summary>Gives back what is held of the budget.</summary>
    public void Dispose()
    {
        answers.Budget.Return(_held);
        _held = 0;
    }

    private async ValueTask Reserve(int bytes)
    {
        if (_held > 0 && _held + bytes > FlushBytes)
            await Flush();
        if (!answers.Budget.TryTake(bytes))
        {
            await Flush();
            await answers.Budget.Take(bytes);
        }

        _held += bytes;
    }
}

using System.Text;

namespace Doozer.Silo.Commands;

/// <summary>Data in, data out, and messages for people.</summary>
internal sealed record CommandConsole(Stream Input, Stream Output, TextWriter Error)
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    public static CommandConsole System() =>
        new(StandardStreams.Input(), StandardStreams.Output(), StandardStreams.Error());

    public ValueTask Write(string text, CancellationToken cancellation) =>
        Output.WriteAsync(Encoding.GetBytes(text), cancellation);

    public ValueTask WriteLine(string text, CancellationToken cancellation) => Write(text + "\n", cancellation);
}

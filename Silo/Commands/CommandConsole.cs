using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary>Data in, data out, and messages for people.</summary>
internal sealed record CommandConsole(Stream Input, Stream Output, TextWriter Error)
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    public static CommandConsole System() =>
        new(StandardStreams.Input(), StandardStreams.Output(), StandardStreams.Error())
        {
            IsInputTyped = StandardStreams.IsInputTyped(),
            IsErrorSeen = StandardStreams.IsErrorSeen(),
        };

    /// <summary>Whether the input comes from a terminal, where nothing shows that it is waited for.</summary>
    public bool IsInputTyped { get; init; }

    /// <summary>Whether messages go to a terminal, where somebody sees how something goes on.</summary>
    public bool IsErrorSeen { get; init; }

    public ValueTask Write(string text, CancellationToken cancellation) =>
        Output.WriteAsync(Encoding.GetBytes(text), cancellation);

    /// <summary>Tells a person in one line what is wrong.</summary>
    public void Complain(string message) => Error.WriteLine("doozer: " + Printable.Line(message));

    public ValueTask WriteLine(string text, CancellationToken cancellation) => Write(text + "\n", cancellation);

    /// <summary>Prints a value as JSON, on a line of its own.</summary>
    public ValueTask WriteJson<T>(T value, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        WriteLine(JsonSerializer.Serialize(value, type), cancellation);
}

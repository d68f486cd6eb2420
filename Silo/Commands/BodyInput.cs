namespace Doozer.Silo.Commands;

/// <summary>Reads bodies from files and standard input.</summary>
internal static class BodyInput
{
    /// <summary>Far over any limit a node can have; keeps an endless pipe from filling the memory.</summary>
    private const int MaxBytes = 16 << 20;

    public static async Task<byte[]> OfFile(string file, CancellationToken cancellation)
    {
        if (Directory.Exists(file))
            throw new CommandFailure($"'{file}' is a directory and has no body.");
        try
        {
            await using FileStream input = File.OpenRead(file);
            return await Of(input, cancellation);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CommandFailure(exception.Message);
        }
    }

    /// <summary>Reads standard input, and says so where somebody has to type it.</summary>
    public static Task<byte[]> OfStandardInput(CommandConsole console, CancellationToken cancellation)
    {
        if (console.IsInputTyped)
            console.Complain("reads standard input up to its end, which is Ctrl-D here.");
        return Of(console.Input, cancellation);
    }

    private static async Task<byte[]> Of(Stream input, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        byte[] buffer = new byte[32 * 1024];
        while (await input.ReadAsync(buffer, cancellation) is > 0 and int read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBytes)
                throw new CommandFailure($"The body is over {MaxBytes} bytes, more than any store takes.");
        }

        return body.ToArray();
    }
}

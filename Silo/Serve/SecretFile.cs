namespace Doozer.Silo.Serve;

/// <summary>The cluster's secret, as it is or in a file.</summary>
internal static class SecretFile
{
    private const int MaxSecretLength = 4096;
    private const string Secret = "cluster-secret";
    private const string File = "cluster-secret-file";

    /// <summary>The secret; null when neither is given.</summary>
    /// <exception cref="SettingsException">Both are, or the file cannot be read.</exception>
    public static string? Read(string? secret, string? file)
    {
        if (file is null)
            return secret;
        if (secret is not null)
            throw new SettingsException($"Give --{Secret} or --{File}, not both.");
        if (Directory.Exists(file))
            throw new SettingsException($"--{File}: '{file}' is a directory.");
        try
        {
            // Bounded, since some files have no end.
            using var reader = new StreamReader(file);
            char[] text = new char[MaxSecretLength + 1];
            int length = reader.ReadBlock(text);
            return length <= MaxSecretLength
                ? new string(text, 0, length).Trim()
                : throw new SettingsException(
                    $"--{File}: '{file}' is longer than {MaxSecretLength} characters; it must hold the secret alone.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--{File}: '{file}' cannot be read: {exception.Message}");
        }
    }
}

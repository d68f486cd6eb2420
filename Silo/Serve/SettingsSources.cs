namespace Doozer.Silo.Serve;

/// <summary>Where settings come from, the strongest last: appsettings beside the executable, then in the working directory,
/// the environment (<c>DOOZER_ID</c>), flags.</summary>
internal static class SettingsSources
{
    public const string Section = "Doozer";

    private const string FileName = "appsettings.json";

    public static void AddDoozer(
        this IConfigurationBuilder configuration,
        IReadOnlyDictionary<string, string?> flags,
        Func<string, string?> environment)
    {
        configuration
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, FileName), optional: true, reloadOnChange: false)
            .AddJsonFile(Path.Combine(Environment.CurrentDirectory, FileName), optional: true, reloadOnChange: false)
            .AddInMemoryCollection(
                Present(name => NullIfBlank(environment("DOOZER_" + name.ToUpperInvariant().Replace('-', '_')))))
            .AddInMemoryCollection(Present(name => Flag(name, flags.GetValueOrDefault(name))));
    }

    /// <summary>
    /// The value of a flag. A blank one is refused: its variable was not set, and its default is not what was meant.
    /// </summary>
    public static string? Flag(string name, string? text) =>
        text is null || !string.IsNullOrWhiteSpace(text)
            ? text
            : throw new SettingsException($"--{name} is blank: give it a value or leave it out.");

    private static IEnumerable<KeyValuePair<string, string?>> Present(Func<string, string?> value) =>
        from name in NodeSettings.Names
        let text = value(name)
        where text is not null
        select KeyValuePair.Create<string, string?>($"{Section}:{name}", text);

    // A variable is often blanked to unset it.
    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

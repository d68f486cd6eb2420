using Doozer.Grains;
using Doozer.Silo.Http;

namespace Doozer.Silo.Serve;

/// <summary>
/// Where settings come from, the strongest last: appsettings in the executable, beside it, then in the working directory, the
/// environment (<c>Logging__LogLevel__Doozer</c>, as .NET has it, and <c>DOOZER_ID</c>), flags.
/// </summary>
internal static class SettingsSources
{
    public const string Section = "Doozer";

    private const string Prefix = "DOOZER_";
    private const string FileName = "appsettings.json";

    // The rest of the options comes from the flags, whatever stands there.
    private static IEnumerable<string> Limits =>
        typeof(DoozerOptions).GetProperties()
            .Select(property => property.Name)
            .Except(
            [
                nameof(DoozerOptions.Node), nameof(DoozerOptions.Cluster), nameof(DoozerOptions.DataDirectory),
                nameof(DoozerOptions.ElectionQuorum), nameof(DoozerOptions.WriteQuorum),
            ])
            .Concat(typeof(HttpOptions).GetProperties().Select(property => property.Name));

    public static void AddDoozer(
        this IConfigurationBuilder configuration,
        IReadOnlyDictionary<string, string?> flags,
        Func<string, string?> environment)
    {
        configuration
            .AddJsonStream(typeof(SettingsSources).Assembly.GetManifestResourceStream(FileName)!)
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, FileName), optional: true, reloadOnChange: false)
            .AddJsonFile(Path.Combine(Environment.CurrentDirectory, FileName), optional: true, reloadOnChange: false)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(Present(NodeSettings.Names.Concat(Limits), name => NullIfBlank(environment(Variable(name)))))
            .AddInMemoryCollection(Present(NodeSettings.Names, name => Flag(name, flags.GetValueOrDefault(name))));
    }

    /// <summary>
    /// The value of a flag. A blank one is refused: its variable was not set, and its default is not what was meant.
    /// </summary>
    public static string? Flag(string name, string? text) =>
        text is null || !string.IsNullOrWhiteSpace(text)
            ? text
            : throw new SettingsException($"--{name} is blank: give it a value or leave it out.");

    /// <summary>
    /// What looks like a setting and is read by nobody: a slip in a name must not pass in silence, with a default at work.
    /// </summary>
    /// <param name="section">All that was given.</param>
    /// <param name="environment">The names of all variables.</param>
    public static IReadOnlyList<string> Unknown(IConfiguration section, IEnumerable<string> environment)
    {
        var keys = new HashSet<string>(NodeSettings.Names.Concat(Limits), StringComparer.OrdinalIgnoreCase);
        var variables = new HashSet<string>(
            [.. keys.Select(Variable), Commands.StoreOptions.AddressVariable, .. Commands.CommandVariables.All]);
        return
        [
            .. environment
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && !variables.Contains(name))
                .Order(StringComparer.Ordinal),
            .. section.GetChildren().Where(child => !keys.Contains(child.Key)).Select(child => child.Path),
        ];
    }

    // DOOZER_CLUSTER_SECRET for "cluster-secret", and DOOZER_MAX_BODY_BYTES for "MaxBodyBytes".
    private static string Variable(string name) => Prefix
        + string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{c}")).ToUpperInvariant().Replace('-', '_');

    private static IEnumerable<KeyValuePair<string, string?>> Present(
        IEnumerable<string> names, Func<string, string?> value) =>
        from name in names
        let text = value(name)
        where text is not null
        select KeyValuePair.Create<string, string?>($"{Section}:{name}", text);

    // A variable is often blanked to unset it.
    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

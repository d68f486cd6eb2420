namespace Doozer.Silo.Serve;

/// <summary>Settings that name a node or a cluster.</summary>
internal static class NameSetting
{
    /// <summary>Returns the name if a node or cluster may have it.</summary>
    /// <param name="setting">The setting, for the error.</param>
    /// <param name="what">What it names, for the error.</param>
    /// <param name="name">What it is set to.</param>
    /// <exception cref="SettingsException">The name is not valid.</exception>
    public static string Check(string setting, string what, string name) =>
        Names.IsNodeOrCluster(name)
            ? name
            : throw new SettingsException(
                $"{setting}: the {what} '{name}' is not valid: use 1 to {Names.MaxLength} letters, digits, '-' and '_'.");
}

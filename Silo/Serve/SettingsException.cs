namespace Doozer.Silo.Serve;

/// <summary>A setting is missing or wrong; the message is one sentence for the operator.</summary>
internal sealed class SettingsException(string message) : Commands.CommandFailure(message);

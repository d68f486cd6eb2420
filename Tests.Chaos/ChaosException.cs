namespace Doozer.Chaos;

/// <summary>A promise was broken; the message says which.</summary>
internal sealed class ChaosException(string message) : Exception(message);

namespace Doozer.Tests.Simulation;

/// <summary>A run broke a rule; the message names it.</summary>
internal sealed class SimulationFailureException(string message, Exception? inner = null) : Exception(message, inner);

namespace Doozer.Simulation;

/// <summary>The machine loses power in the middle of an operation of its disk.</summary>
internal sealed class PowerLossException() : IOException("The power is gone.");

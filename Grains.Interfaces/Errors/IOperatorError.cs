namespace Doozer;

/// <summary>
/// Marks an exception whose message is one sentence for the operator: what is wrong, with the value, and what to do. It is shown
/// without a stack trace; an exception without the mark is taken for a mistake in the program.
/// </summary>
#pragma warning disable CA1040 // A mark, since the exceptions derive from different classes.
public interface IOperatorError;
#pragma warning restore CA1040

namespace Doozer.Tree;

/// <summary>Bytes that should be a command are not, or a command breaks the tree's rules.</summary>
internal sealed class InvalidCommandException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">What is wrong with it.</param>
    public InvalidCommandException(string reason)
        : base($"The command is not valid: {reason}.")
    {
    }
}

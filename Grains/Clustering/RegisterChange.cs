namespace Doozer.Clustering;

/// <summary>What a change makes of the register's value.</summary>
/// <param name="Result">The change's own result.</param>
/// <param name="Next">The new value; null to leave it as it is. An array, since null beside memory turns into empty
/// memory.</param>
internal readonly record struct RegisterChange<TResult>(TResult Result, byte[]? Next);

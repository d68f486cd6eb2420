namespace Doozer;

/// <summary>How fresh a read must be.</summary>
public enum ReadMode
{
    /// <summary>Sees every write that was acknowledged before the read began; costs a round trip to a quorum.</summary>
    Linearizable = 0,

    /// <summary>Whatever the silo's own replica has applied; answers without a quorum and may be old.</summary>
    Local = 1,
}

namespace Orleans.Execution;

/// <summary>What an activation starts in order of arrival: a request or a timer's tick.</summary>
internal abstract class Turn
{
    public abstract bool Interleaves { get; }

    public abstract bool IsReadOnly { get; }

    /// <summary>The activation that runs it; must be told when it has ended.</summary>
    public Activation? Activation { get; set; }

    public abstract void Run(object target);

    /// <summary>It will not be run.</summary>
    public abstract void Reject(Exception exception);

    /// <summary>The activation is gone; another may take it.</summary>
    public abstract void Redispatch(SiloEngine silo);
}

/// <summary>Where requests for a grain go.</summary>
internal interface ICallTarget
{
    void Post(Turn turn);
}

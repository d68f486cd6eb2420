using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Orleans.Execution;

/// <summary>The activations of a silo.</summary>
internal sealed class Catalog(SiloEngine silo)
{
    private readonly ConcurrentDictionary<GrainId, ICallTarget> _targets = new();
    private readonly Lock _creating = new();

    public ICallTarget GetOrCreate(GrainId grainId, GrainClass grainClass)
    {
        if (_targets.TryGetValue(grainId, out var known))
        {
            return known;
        }

        lock (_creating)
        {
            return _targets.GetOrAdd(
                grainId,
                id => grainClass.Placement is StatelessWorkerPlacement workers
                    ? new StatelessWorkers(id, grainClass, workers.MaxLocal, silo)
                    : new Activation(id, grainClass, silo));
        }
    }

    public bool Contains(GrainId grainId) => _targets.ContainsKey(grainId);

    public void Remove(Activation activation)
    {
        if (!_targets.TryGetValue(activation.GrainId, out var target))
        {
            return;
        }

        if (target is StatelessWorkers workers)
        {
            workers.Remove(activation);
        }
        else if (ReferenceEquals(target, activation))
        {
            _targets.TryRemove(new(activation.GrainId, target));
        }
    }

    public List<Activation> Activations()
    {
        var all = new List<Activation>();
        foreach (var target in _targets.Values)
        {
            if (target is StatelessWorkers workers)
            {
                all.AddRange(workers.Activations());
            }
            else
            {
                all.Add((Activation)target);
            }
        }

        return all;
    }

    public void CollectIdle(TimeSpan age)
    {
        foreach (var activation in Activations())
        {
            if (activation.IsIdleFor(age))
            {
                activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Idle for {age}."));
            }
        }
    }

    public void Abandon()
    {
        foreach (var activation in Activations())
        {
            activation.Abandon();
        }
    }

    public async Task DeactivateAllAsync(CancellationToken token)
    {
        var all = Activations();
        foreach (var activation in all)
        {
            activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is stopping."), token);
        }

        await Task.WhenAll(all.Select(activation => activation.Deactivated)).WaitAsync(token);
    }
}

/// <summary>The activations of a stateless worker: another one only when all are busy and there may be more.</summary>
internal sealed class StatelessWorkers(GrainId grainId, GrainClass grainClass, int max, SiloEngine silo) : ICallTarget
{
    private readonly Lock _gate = new();
    private Activation[] _workers = [];

    public void Post(Turn turn) => Choose().Post(turn);

    public Activation[] Activations() => _workers;

    public void Remove(Activation activation)
    {
        lock (_gate)
        {
            _workers = Array.FindAll(_workers, worker => !ReferenceEquals(worker, activation));
        }
    }

    private Activation Choose()
    {
        var workers = Volatile.Read(ref _workers);
        if (workers.Length == 1 && max == 1)
        {
            return workers[0];
        }

        lock (_gate)
        {
            var best = _workers.MinBy(worker => worker.Load);
            if (best is not null && (best.Load == 0 || _workers.Length == max))
            {
                return best;
            }

            var added = new Activation(grainId, grainClass, silo);
            _workers = [.. _workers, added];
            return added;
        }
    }
}

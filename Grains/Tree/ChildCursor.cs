namespace Doozer.Tree;

/// <summary>What <see cref="ChildCursor{TValue}"/> and its users share.</summary>
internal static class ChildCursor
{
    /// <summary>The character that follows a slash: a path with it in the slash's place is after all that is below.</summary>
    public const string AfterSlash = "0";
}

/// <summary>Goes through those keys of a map that are entries of one directory, passing over what is deeper.</summary>
/// <typeparam name="TValue">The values.</typeparam>
internal struct ChildCursor<TValue>
{
    private readonly string _prefix;
    private OrderedMap<TValue>.Cursor _cursor;

    /// <summary>Stands before the first entry.</summary>
    /// <param name="map">The map.</param>
    /// <param name="prefix">The directory's path with a slash at the end.</param>
    /// <param name="after">Only names after this one; empty for all.</param>
    public ChildCursor(OrderedMap<TValue> map, string prefix, string after)
    {
        _prefix = prefix;
        _cursor = map.GetCursor();
        _cursor.Seek(prefix + after, inclusive: false);
    }

    /// <summary>Name of the entry it stands on.</summary>
    public readonly ReadOnlySpan<char> Name => _cursor.Key.AsSpan(_prefix.Length);

    /// <summary>Value of the entry it stands on.</summary>
    public readonly TValue Value => _cursor.Value;

    /// <summary>Goes to the next entry.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        while (_cursor.MoveNext() && _cursor.Key.StartsWith(_prefix, StringComparison.Ordinal))
        {
            int slash = Name.IndexOf('/');
            if (slash < 0)
                return true;
            _cursor.Seek(string.Concat(_prefix, Name[..slash], ChildCursor.AfterSlash), inclusive: true);
        }

        return false;
    }
}

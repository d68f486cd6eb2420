using System.Diagnostics.CodeAnalysis;

namespace Doozer.Tree;

/// <summary>
/// An immutable map from strings in ordinal order: an AVL tree whose versions share what they have in common. A change copies
/// the nodes on its way, except those made under the same edit number, which nobody else has seen.
/// </summary>
/// <remarks>
/// Who makes changes under an edit number must take a new one before it lets others see the map, and must never share a number.
/// </remarks>
/// <typeparam name="TValue">The values.</typeparam>
internal readonly struct OrderedMap<TValue>
{
    // Edit numbers start above it, so that no edit owns such a node.
    private const long NoEdit = 0;

    private readonly Node? _root;

    private OrderedMap(Node? root) => _root = root;

    /// <summary>How many nodes are on the longest way down.</summary>
    public int Height => Node.HeightOf(_root);

    /// <summary>Finds a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="stored">The string that the map holds for it.</param>
    /// <param name="value">Its value.</param>
    public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out string? stored, [MaybeNullWhen(false)] out TValue value)
    {
        Node? node = _root;
        while (node is not null)
        {
            int order = key.SequenceCompareTo(node.Key);
            if (order == 0)
            {
                stored = node.Key;
                value = node.Value;
                return true;
            }

            node = order < 0 ? node.Left : node.Right;
        }

        stored = null;
        value = default;
        return false;
    }

    /// <summary>Whether the key is there.</summary>
    public bool Contains(ReadOnlySpan<char> key) => TryGet(key, out _, out _);

    /// <summary>The map with a key added or its value replaced.</summary>
    public OrderedMap<TValue> Set(string key, TValue value, long edit, out bool added)
    {
        added = false;
        return new(Set(_root, key, value, edit, ref added));
    }

    /// <summary>The map without a key.</summary>
    public OrderedMap<TValue> Remove(ReadOnlySpan<char> key, long edit) => new(Remove(_root, key, edit));

    /// <summary>
    /// The map of keys that are in ordinal order, made in one go. It is nobody's edit, so it may be shared at once.
    /// </summary>
    /// <param name="keys">The keys, each after the one before.</param>
    /// <param name="values">Their values.</param>
    public static OrderedMap<TValue> FromSorted(ReadOnlySpan<string> keys, ReadOnlySpan<TValue> values) =>
        new(Build(keys, values));

    /// <summary>A cursor that stands before the first key.</summary>
    public Cursor GetCursor() => new(_root);

    private static Node? Build(ReadOnlySpan<string> keys, ReadOnlySpan<TValue> values)
    {
        if (keys.IsEmpty)
            return null;

        int middle = keys.Length / 2;
        Node? left = Build(keys[..middle], values[..middle]);
        Node? right = Build(keys[(middle + 1)..], values[(middle + 1)..]);
        return new Node(
            keys[middle], values[middle], left, right, 1 + Math.Max(Node.HeightOf(left), Node.HeightOf(right)), NoEdit);
    }

    private static Node Set(Node? node, string key, TValue value, long edit, ref bool added)
    {
        if (node is null)
        {
            added = true;
            return new Node(key, value, null, null, 1, edit);
        }

        int order = key.AsSpan().SequenceCompareTo(node.Key);
        Node own = node.Own(edit);
        if (order == 0)
        {
            own.Value = value;
            return own;
        }

        Node? old = order < 0 ? own.Left : own.Right;
        Node changed = Set(old, key, value, edit, ref added);

        // Most are the edit's own already, and to store a reference costs more than to compare it.
        if (changed != old && order < 0)
            own.Left = changed;
        else if (changed != old)
            own.Right = changed;
        return added ? own.Balance(edit) : own;
    }

    private static Node? Remove(Node? node, ReadOnlySpan<char> key, long edit)
    {
        if (node is null)
            return null;

        int order = key.SequenceCompareTo(node.Key);
        if (order == 0)
        {
            if (node.Left is null)
                return node.Right;
            if (node.Right is null)
                return node.Left;

            Node? right = RemoveFirst(node.Right, edit, out Node first);
            return new Node(first.Key, first.Value, node.Left, right, 1, edit).Balance(edit);
        }

        Node own = node.Own(edit);
        if (order < 0)
            own.Left = Remove(own.Left, key, edit);
        else
            own.Right = Remove(own.Right, key, edit);
        return own.Balance(edit);
    }

    private static Node? RemoveFirst(Node node, long edit, out Node first)
    {
        if (node.Left is null)
        {
            first = node;
            return node.Right;
        }

        Node own = node.Own(edit);
        own.Left = RemoveFirst(node.Left, edit, out first);
        return own.Balance(edit);
    }

    /// <summary>Goes through the keys of one version in order.</summary>
    internal struct Cursor
    {
        private readonly Node? _root;
        private readonly Node[] _stack;
        private int _depth;

        internal Cursor(Node? root)
        {
            _root = root;
            _stack = new Node[Node.HeightOf(root)];
            Push(root);
        }

        /// <summary>The key it stands on.</summary>
        public string Key { get; private set; } = "";

        /// <summary>The value it stands on.</summary>
        public TValue Value { get; private set; } = default!;

        /// <summary>Goes to the next key.</summary>
        /// <returns>Whether there is one.</returns>
        public bool MoveNext()
        {
            if (_depth == 0)
                return false;

            Node node = _stack[--_depth];
            Push(node.Right);
            Key = node.Key;
            Value = node.Value;
            return true;
        }

        /// <summary>Makes the next <see cref="MoveNext"/> go to the first key not before a given one.</summary>
        /// <param name="key">The key.</param>
        /// <param name="inclusive">Whether that key itself will do.</param>
        public void Seek(ReadOnlySpan<char> key, bool inclusive)
        {
            _depth = 0;
            Node? node = _root;
            while (node is not null)
            {
                int order = key.SequenceCompareTo(node.Key);
                if (order < 0 || (order == 0 && inclusive))
                {
                    _stack[_depth++] = node;
                    node = node.Left;
                }
                else
                {
                    node = node.Right;
                }
            }
        }

        private void Push(Node? node)
        {
            for (; node is not null; node = node.Left)
                _stack[_depth++] = node;
        }
    }

    internal sealed class Node(string key, TValue value, Node? left, Node? right, int height, long edit)
    {
        private const int HeightBits = 6;
        private const int HeightMask = (1 << HeightBits) - 1;

        // Height and edit number share a word: nodes are what retained history is made of. An AVL tree of height 63 would have
        // more nodes than fit in any memory, and 58 bits of edits outlast any process.
        private long _stamp = (edit << HeightBits) | (uint)height;

        public string Key { get; } = key;

        public TValue Value { get; set; } = value;

        public Node? Left { get; set; } = left;

        public Node? Right { get; set; } = right;

        private int Height => (int)(_stamp & HeightMask);

        public static int HeightOf(Node? node) => node is null ? 0 : node.Height;

        public Node Own(long edit) =>
            _stamp >> HeightBits == edit ? this : new Node(Key, Value, Left, Right, Height, edit);

        // Called on a node that the edit owns, whose subtrees are balanced and differ by at most two.
        public Node Balance(long edit)
        {
            int lean = HeightOf(Left) - HeightOf(Right);
            if (lean > 1)
            {
                Left = Left!.Own(edit);
                if (HeightOf(Left.Left) < HeightOf(Left.Right))
                    Left = Left.RotateLeft(edit);
                return RotateRight(edit);
            }

            if (lean < -1)
            {
                Right = Right!.Own(edit);
                if (HeightOf(Right.Right) < HeightOf(Right.Left))
                    Right = Right.RotateRight(edit);
                return RotateLeft(edit);
            }

            SetHeight();
            return this;
        }

        private Node RotateLeft(long edit)
        {
            Node top = Right!.Own(edit);
            Right = top.Left;
            top.Left = this;
            SetHeight();
            top.SetHeight();
            return top;
        }

        private Node RotateRight(long edit)
        {
            Node top = Left!.Own(edit);
            Left = top.Right;
            top.Right = this;
            SetHeight();
            top.SetHeight();
            return top;
        }

        private void SetHeight() =>
            _stamp = (_stamp & ~(long)HeightMask) | (uint)(1 + Math.Max(HeightOf(Left), HeightOf(Right)));
    }
}

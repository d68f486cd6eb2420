using System.Buffers;
using System.Text;

namespace Doozer.Tree;

/// <summary>
/// Encodes a <see cref="TreeCapture"/>, a piece at a time. Replicas with equal options that applied the same log encode the same
/// bytes, whatever they were restarted from.
/// </summary>
/// <remarks>
/// Numbers are <see cref="Varint"/>s. First the format's version, the start revision, the revision, and the sizes of the events
/// together, by which a reader knows those that it will not keep; then the files of the start tree in ordinal order (length of
/// what follows the prefix shared with the path before, length of that prefix, the rest of the path, revision, session, length of
/// the body, body) up to a 0; then the events after the start (kind, how many events of its transaction follow; for Set and Del
/// length of the path and path; for Set session, length of the body and body); then the number of requests, the revision to which
/// the newest forgotten one was applied + 1 (0: none), and each of them (id, outcome, which change of a transaction failed,
/// revision, the revision it was applied to, digest of its command).
/// Version 2 has no sessions, no transactions and no failed changes. Version 1 has, besides, no sizes of the events, and of the
/// requests only number, id, outcome and revision.
/// </remarks>
internal sealed class TreeEncoder
{
    internal const int Version = 3;
    private const int IdBytes = 16;

    private readonly TreeCapture _capture;
    private OrderedMap<TreeEvent>.Cursor _files;
    private HistoryEvents? _events;
    private string _lastPath = "";
    private Part _part;
    private long _revision;
    private int _request;

    public TreeEncoder(TreeCapture capture)
    {
        _capture = capture;
        _revision = capture.StartRevision;
    }

    private enum Part
    {
        Heading,
        Files,
        Events,
        Requests,
        End,
    }

    /// <summary>Encodes some more: at least this many bytes unless the end comes first.</summary>
    /// <returns>Whether there is more.</returns>
    public bool Encode(ArrayBufferWriter<byte> into, int atLeast)
    {
        int until = into.WrittenCount + atLeast;
        while (_part != Part.End && into.WrittenCount < until)
            Step(into);
        return _part != Part.End;
    }

    private void Step(ArrayBufferWriter<byte> into)
    {
        switch (_part)
        {
            case Part.Heading:
                Number(into, Version);
                Number(into, _capture.StartRevision);
                Number(into, _capture.Revision);
                Number(into, _capture.HistoryBytes);
                (TreeVersion start, _events) = _capture.Take();
                _files = start.Files.GetCursor();
                _part = Part.Files;
                break;
            case Part.Files when _files.MoveNext():
                File(into, _files.Value);
                break;
            case Part.Files:
                Number(into, 0);
                _files = default;
                _part = Part.Events;
                break;
            case Part.Events when _revision < _capture.Revision:
                _revision++;
                Event(into, _events!.Next());
                break;
            case Part.Events:
                _events = null;
                Number(into, _capture.Requests.Count);
                Number(into, _capture.Requests.Forgotten + 1);
                _part = Part.Requests;
                break;
            case Part.Requests when _request < _capture.Requests.Count:
                Request(into, _capture.Requests[_request++]);
                break;
            default:
                _part = Part.End;
                break;
        }
    }

    private void File(ArrayBufferWriter<byte> into, TreeEvent file)
    {
        int shared = file.Path.AsSpan().CommonPrefixLength(_lastPath);
        Number(into, file.Path.Length - shared);
        Number(into, shared);
        Ascii(into, file.Path.AsSpan(shared));
        Number(into, file.Revision);
        Number(into, file.Session);
        Number(into, file.Body.Length);
        into.Write(file.Body);
        _lastPath = file.Path;
    }

    private static void Event(ArrayBufferWriter<byte> into, TreeEvent change)
    {
        Number(into, (long)change.Kind);
        Number(into, change.ToEnd);
        if (change.Kind == CommandKind.Nop)
            return;
        Number(into, change.Path.Length);
        Ascii(into, change.Path);
        if (change.Kind != CommandKind.Set)
            return;
        Number(into, change.Session);
        Number(into, change.Body.Length);
        into.Write(change.Body);
    }

    private static void Request(ArrayBufferWriter<byte> into, in RequestEntry request)
    {
        request.Id.TryWriteBytes(into.GetSpan(IdBytes));
        into.Advance(IdBytes);
        Number(into, (long)request.Result.Outcome);
        Number(into, request.Result.Change);
        Number(into, request.Result.Revision);
        Number(into, request.AppliedTo);
        Number(into, request.Digest);
    }

    private static void Ascii(ArrayBufferWriter<byte> into, ReadOnlySpan<char> text) =>
        into.Advance(Encoding.ASCII.GetBytes(text, into.GetSpan(text.Length)));

    private static void Number(ArrayBufferWriter<byte> into, long value) =>
        into.Advance(Varint.Write(into.GetSpan(Varint.MaxBytes), value));
}

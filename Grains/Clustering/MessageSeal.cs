using System.Security.Cryptography;
using System.Text;

namespace Doozer.Clustering;

/// <summary>
/// Signs messages between peers with the cluster's secret (HMAC-SHA256); without a secret it signs nothing.
/// </summary>
/// <remarks>
/// A request's signature covers all of it: version, cluster, sender, receiver, nonce and what is asked. That an old request can
/// be sent again does no harm: to an acceptor it is a duplicate or has too low a ballot, which Paxos allows for, one from before
/// the data was made anew names the old data, and <see cref="PeerGate"/> remembers nothing that only a request says. An answer's
/// signature covers the request's nonce, so that an old answer does not pass for a new one: that would be a forged promise.
/// </remarks>
internal sealed class MessageSeal(string? secret)
{
    public const string Header = "Doozer-Signature";
    private const int SignatureBytes = HMACSHA256.HashSizeInBytes;
    private static readonly byte[] RequestContext = "doozer clustering request\n"u8.ToArray();
    private static readonly byte[] AnswerContext = "doozer clustering answer\n"u8.ToArray();
    private static readonly byte[] ChangeContext = "doozer clustering nodes\n"u8.ToArray();

    private readonly byte[]? _key = secret is null ? null : Encoding.UTF8.GetBytes(secret);

    public bool HasSecret => _key is not null;

    public string? SignRequest(ReadOnlySpan<byte> body) => Sign(RequestContext, [], body);

    public bool VerifyRequest(ReadOnlySpan<byte> body, string? signature) => Verify(SignRequest(body), signature);

    /// <summary>Signs a <see cref="NodeChangeRequest"/>. One that is sent again changes nothing: it names an epoch, and the list
    /// is of a later one by then; or a node that joins, which the list has already.</summary>
    public string? SignChange(ReadOnlySpan<byte> body) => Sign(ChangeContext, [], body);

    public bool VerifyChange(ReadOnlySpan<byte> body, string? signature) => Verify(SignChange(body), signature);

    public string? SignAnswer(Guid nonce, int status, ReadOnlySpan<byte> body) =>
        Sign(AnswerContext, AnswerPrefix(nonce, status), body);

    public bool VerifyAnswer(Guid nonce, int status, ReadOnlySpan<byte> body, string? signature) =>
        Verify(SignAnswer(nonce, status, body), signature);

    private static byte[] AnswerPrefix(Guid nonce, int status) => [.. nonce.ToByteArray(), .. BitConverter.GetBytes(status)];

    private string? Sign(byte[] context, byte[] prefix, ReadOnlySpan<byte> body)
    {
        if (_key is null)
            return null;
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(context);
        hash.AppendData(prefix);
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool Verify(string? expected, string? given)
    {
        if (expected is null || given is null)
            return expected is null && given is null;

        // In constant time, or the signature could be guessed byte by byte.
        return given.Length == 2 * SignatureBytes
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(given));
    }
}

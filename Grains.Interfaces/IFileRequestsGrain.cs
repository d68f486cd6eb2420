using Orleans.Concurrency;

namespace Doozer;

/// <summary>
/// The grain of <see cref="INamespaceGrain"/>, asked many things in one call, which then share what a call costs. So the client
/// library sends requests that are under way at the same time.
/// </summary>
[Alias("Doozer.IFileRequestsGrain")]
internal interface IFileRequestsGrain : IGrainWithStringKey
{
    /// <summary>
    /// Answers each request as if it had come alone. All are begun at once, and the call ends when the last is answered.
    /// </summary>
    /// <param name="requests">At most <see cref="FileRequest.MaxOfCall"/>.</param>
    /// <returns>
    /// The answers, in the order of the requests. When the bodies that were read pass <see cref="Limits.PageBytes"/> the later
    /// reads have <see cref="FileAnswer.None"/>, and are to be asked for again.
    /// </returns>
    /// <exception cref="InvalidArgumentException">There are none, or too many.</exception>
    [Alias("Answer")]
    Task<FileAnswer[]> Answer(Immutable<FileRequest[]> requests);
}

using Doozer.Silo.Commands;
using Doozer.Tests.Client;

namespace Doozer.Tests.Silo;

public sealed class ProgressLineTests : IDisposable
{
    private readonly VirtualTime _time = new();
    private readonly StringWriter _error = new();
    private string _state = "";

    public void Dispose() => _error.Dispose();

    [Fact]
    public void It_comes_after_two_seconds_is_written_anew_each_second_and_goes()
    {
        _state = "100 KiB saved";
        using (ProgressLine progress = Start(isSeen: true))
        {
            _time.RunFor(TimeSpan.FromSeconds(1.9));
            _error.ToString().ShouldBeEmpty();
            _time.RunFor(TimeSpan.FromSeconds(0.1));
            Said().ShouldBe("\rdoozer: 100 KiB saved, 2 s");
            _state = "2.0 MiB";
            _time.RunFor(TimeSpan.FromSeconds(1));
            Said().ShouldBe("\rdoozer: 2.0 MiB, 3 s      ");
            progress.Hide();
            Said().ShouldBe("\r                    \r");
            progress.Hide();
            Said().ShouldBeEmpty();
            _time.RunFor(TimeSpan.FromSeconds(1));
            Said().ShouldBe("\rdoozer: 2.0 MiB, 4 s");
        }

        Said().ShouldBe("\r                    \r");
        _time.RunFor(TimeSpan.FromSeconds(5));
        Said().ShouldBeEmpty();
    }

    [Fact]
    public void What_is_soon_done_or_not_seen_has_none()
    {
        using (Start(isSeen: true))
            _time.RunFor(TimeSpan.FromSeconds(1));
        using (Start(isSeen: false))
            _time.RunFor(TimeSpan.FromSeconds(5));
        _error.ToString().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0, "0 KiB")]
    [InlineData(2048, "2 KiB")]
    [InlineData(3 << 20, "3.0 MiB")]
    public void Bytes_are_told_as_people_say_them(long bytes, string text) => ProgressLine.Size(bytes).ShouldBe(text);

    private ProgressLine Start(bool isSeen) => new(
        new CommandConsole(Stream.Null, Stream.Null, _error) { IsErrorSeen = isSeen }, () => _state, _time);

    private string Said()
    {
        string said = _error.ToString();
        _error.GetStringBuilder().Clear();
        return said;
    }
}

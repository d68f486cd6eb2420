using System.Diagnostics;

namespace Doozer.Tests.Silo;

/// <summary>The scripts that complete commands, as their shells run them.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("sna", "snapshot")]
    [InlineData("snapshot re", "restore")]
    [InlineData("get /a --loc", "--local")]
    [InlineData("session open --", "--address --help --json --namespace --owner --ttl")]
    [InlineData("member list --", "--address --help --json")]
    [InlineData("health --", "--address --help --json")]
    [InlineData("bench --op l", "local-read")]
    [InlineData("bench --seconds 5 --op m", "mixed")]
    [InlineData("completion z", "zsh")]
    [InlineData("leader ", "transfer")]
    [InlineData("get ", "")]
    [InlineData("set /a 1 --file ", "")]
    [InlineData("lock /a -- bench --", "")]
    public async Task Bash_completes_commands_options_and_values(string typed, string expected) =>
        (await Run("/bin/bash", "--norc", $$"""
            source /dev/stdin <<'SCRIPT'
            {{(await CommandLine.Run("", "completion", "bash")).Output}}
            SCRIPT
            COMP_WORDS=(doozer {{typed}}{{(typed[^1] == ' ' ? "''" : "")}})
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _doozer
            echo "${COMPREPLY[*]}"
            complete -p doozer
            """)).ShouldBe($"{expected}\ncomplete -o default -F _doozer doozer\n");

    [Theory]
    [InlineData("zsh", "'restore:Makes the data folder of one node of a new cluster from snapshots; files keep their revisions'")]
    [InlineData("fish", "complete -c doozer -n 'test (__doozer_command) = \"bench\"' -l op -x -a 'local-read mixed read write'")]
    [InlineData("fish", "complete -c doozer -n 'test (__doozer_command) = \"get\"' -l revision -s r -r -d 'The revision to read")]
    public async Task Other_shells_get_what_each_word_is_for(string shell, string line) =>
        (await CommandLine.Run("", "completion", shell)).Output.ShouldContain(line);

    [Fact]
    public async Task Fish_completes_commands_options_and_values() =>
        (await Run("/usr/bin/fish", "--no-config", $"""
            {(await CommandLine.Run("", "completion", "fish")).Output}
            for typed in "sna" "session op" "get --loc" "bench --op m"
                complete -C "doozer $typed" | string replace -r '\t.*' ''
            end
            """)).ShouldBe("snapshot\nopen\n--local\nmixed\n");

    [Fact]
    public async Task Zsh_reads_its_script() =>
        (await Run("/usr/bin/zsh", "--no-rcs", $$"""
            compdef() { echo "$@"; }
            _describe() { print -l ${(P)2%%:*}; }
            {{(await CommandLine.Run("", "completion", "zsh")).Output}}
            words=(doozer session o) CURRENT=3
            _doozer
            words=(doozer bench --op '') CURRENT=4
            _doozer
            """)).ShouldBe("_doozer doozer\nopen\nkeep\nlist\nclose\nlocal-read\nmixed\nread\nwrite\n");

    [Fact]
    public async Task An_unknown_shell_is_refused()
    {
        CommandResult result = await CommandLine.Run("", "completion", "tcsh");
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("tcsh");
    }

    private static async Task<string> Run(string shell, string bare, string script)
    {
        Assert.SkipUnless(File.Exists(shell), $"There is no {shell}.");
        var start = new ProcessStartInfo(shell, [bare, "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        (await error).ShouldBeEmpty();
        return output;
    }
}

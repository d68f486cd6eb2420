# Sourced by the other scripts. Sets ORLEANS_ENGINE to "packages" where the feeds have the Orleans packages, else to "standin".
# The answer is kept in artifacts/engine for a day, or until the versions or the feeds change.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
mkdir -p "$ROOT/artifacts"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1

probe_engine() {
  local cache="$ROOT/artifacts/engine" log="$ROOT/artifacts/engine.log" config
  if [[ -f $cache && ! $ROOT/Directory.Packages.props -nt $cache && -z $(find "$cache" -mmin +1440) ]]; then
    local fresh=1
    for config in "$ROOT"/[Nn]u[Gg]et.[Cc]onfig "${HOME:-}"/.nuget/NuGet/NuGet.Config; do
      [[ $config -nt $cache ]] && fresh=0
    done
    if [[ $fresh == 1 ]]; then
      ORLEANS_ENGINE="$(<"$cache")"
      return
    fi
  fi

  if timeout 90 dotnet restore "$ROOT/eng/OrleansProbe" -p:OrleansEngine=packages -v quiet >"$log" 2>&1 </dev/null; then
    ORLEANS_ENGINE=packages
  elif grep -qE 'NU110[12]' "$log"; then
    ORLEANS_ENGINE=standin
  else
    # No answer about the packages: the network, or dotnet itself. The next script asks again.
    ORLEANS_ENGINE=standin
    echo "The Orleans packages could not be looked for (see $log); going on with the stand-in." >&2
    return
  fi
  echo "$ORLEANS_ENGINE" >"$cache"
}

# ORLEANS_ENGINE in the environment decides without a probe.
case "${ORLEANS_ENGINE:-}" in
  packages | standin) ;;
  "") probe_engine ;;
  *)
    echo "ORLEANS_ENGINE must be 'packages' or 'standin', not '$ORLEANS_ENGINE'." >&2
    exit 2
    ;;
esac

# build_program FOLDER NAME: builds one of the programs that tests are made of, and sets PROGRAM to the executable.
build_program() {
  local log="$ROOT/artifacts/$2.log"
  if ! dotnet build "$ROOT/$1" -c Release -p:OrleansEngine="$ORLEANS_ENGINE" -v quiet --nologo >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "The build failed." >&2
    exit 2
  fi
  PROGRAM="$ROOT/artifacts/$ORLEANS_ENGINE/bin/$2/release/$2"
}

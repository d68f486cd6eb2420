# Sourced by the other scripts.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
mkdir -p "$ROOT/artifacts"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1

# install_packages PACKAGE...: by apt-get, however long another one holds its locks. What it says is in artifacts/apt.log; when it
# fails the end of that is printed, and the status is 1.
install_packages() {
  local log="$ROOT/artifacts/apt.log" deadline=$((SECONDS + 300))
  local -x LC_ALL=C DEBIAN_FRONTEND=noninteractive
  # apt-get waits for the lock on packages if it is told to, but not for those on its lists and downloads.
  until { apt-get update -q && apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; } >"$log" 2>&1 </dev/null; do
    if ((SECONDS > deadline)) || ! grep -qE 'Could not get lock|Unable to lock' "$log"; then
      tail -n 20 "$log"
      return 1
    fi
    sleep 3
  done
}

# has_browser: whether there is one for the tests of the viewer.
has_browser() {
  command -v chromium >/dev/null || [[ -n ${TEST_CHROMIUM:-} ]]
}

# require_packages PACKAGE...: installs what is missing, none by no name; ends the script with status 2 if that cannot be.
require_packages() {
  if [[ $# -gt 0 ]] && { [[ $EUID -ne 0 ]] || ! install_packages "$@" >&2; }; then
    echo "Install them: apt-get install $*" >&2
    exit 2
  fi
}

# build_program PROJECT: builds one of the programs that tests are made of, and sets PROGRAM to the executable.
build_program() {
  local log="$ROOT/artifacts/$1.log"
  echo "Building $1 (Release); the first time takes a minute or more. Log: $log" >&2
  if ! dotnet build "$ROOT/$1" -c Release -v quiet --nologo >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "The build failed." >&2
    exit 2
  fi
  PROGRAM="$ROOT/artifacts/bin/$1/release/Doozer.Orleans.${1#Tests.}"
}

#!/usr/bin/env bash
# Checks the format, then builds and runs every test. The last line is "N passed, N failed, N skipped".
# Arguments go to 'dotnet test', such as --filter FullyQualifiedName~Paxos.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$ROOT"

# A single test that takes longer than this hangs.
HANG_TIMEOUT="${HANG_TIMEOUT:-5m}"
RESULTS="$ROOT/artifacts/test-results"

passed=0 failed=0 skipped=0
problems=()

finish() {
  [[ ${#problems[@]} -eq 0 ]] || printf '%s\n' "${problems[@]}"
  echo "$passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 && ${#problems[@]} -eq 0 && $passed -gt 0 ]] && exit 0
  exit 1
}

# counter NAME: an attribute of the result file's <Counters>, or 0.
counter() {
  local value
  value="$(sed -n "s/.*<Counters[^>]* $1=\"\([0-9]*\)\".*/\1/p" "$RESULTS/tests.trx" 2>/dev/null | head -n 1)" || true
  echo "${value:-0}"
}

# The tests with a wrong clock run a node with libfaketime; where it cannot be installed they are skipped.
if [[ ! -x /usr/bin/faketime && $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
  { timeout 60 apt-get update -q && timeout 60 apt-get install -y -q faketime; } >/dev/null 2>&1 </dev/null || true
fi

# Style rules are enforced by the build; this checks the layout of the text.
echo "== format"
if ! dotnet format whitespace . --folder --exclude artifacts --verify-no-changes </dev/null; then
  problems+=("format: run 'dotnet format' and commit the result")
fi

echo "== build"
if ! dotnet build Doozer.Orleans.sln -c Release -v quiet --nologo </dev/null; then
  problems+=("build: it failed")
  finish
fi

# The nodes of the end-to-end tests start about twice as fast when they are compiled ahead of time, as eng/run.sh does it.
unset TEST_DOOZER
if [[ $# -eq 0 ]] && dotnet publish Silo -c Release --use-current-runtime --self-contained false \
  -p:PublishReadyToRun=true -p:RunAnalyzers=false -o "$ROOT/artifacts/test-doozer" -v quiet --nologo >/dev/null 2>&1 </dev/null; then
  export TEST_DOOZER="$ROOT/artifacts/test-doozer/doozer.dll"
fi

echo "== test"
rm -rf "$RESULTS"
status=0
dotnet test Tests -c Release --no-build --nologo \
  --logger "trx;LogFileName=tests.trx" --results-directory "$RESULTS" \
  --blame-hang --blame-hang-timeout "$HANG_TIMEOUT" --blame-hang-dump-type none "$@" </dev/null || status=$?
passed="$(counter passed)" failed="$(counter failed)" total="$(counter total)"
skipped=$((total - passed - failed))
if [[ $total -eq 0 ]]; then
  problems+=("test: none ran")
elif [[ $status -ne 0 && $failed -eq 0 ]]; then
  problems+=("test: the run broke off (exit status $status)")
fi
finish

#!/usr/bin/env bash
# Checks the format, then builds and runs every test on every Orleans engine that this machine can build with.
# The last line is "N passed, N failed, N skipped", summed over the engines. Arguments go to 'dotnet test', such as
# --filter FullyQualifiedName~Paxos.
set -euo pipefail
ONLY_ENGINE="${ORLEANS_ENGINE:-}"
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
cd "$ROOT"

# A single test that takes longer than this hangs.
HANG_TIMEOUT="${HANG_TIMEOUT:-5m}"

passed=0 failed=0 skipped=0 broken=0
summary=()

finish() {
  printf '%s\n' "${summary[@]}"
  echo "$passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 && $broken -eq 0 && $passed -gt 0 ]] && exit 0
  exit 1
}

# counter FILE NAME: an attribute of the result file's <Counters>.
counter() {
  sed -n "s/.*<Counters[^>]* $2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

run_engine() {
  local engine="$1" results="$ROOT/artifacts/test-results/$1"
  shift
  echo "== $engine: build"
  if ! dotnet build Doozer.Orleans.sln -c Release -p:OrleansEngine="$engine" -v quiet --nologo </dev/null; then
    summary+=("$engine: the build failed")
    broken=1
    return
  fi

  # The nodes of the end-to-end tests start about twice as fast when they are compiled ahead of time, as eng/run.sh does it.
  if [[ $# -eq 0 ]] && dotnet publish Silo -c Release -p:OrleansEngine="$engine" --use-current-runtime --self-contained false \
    -p:PublishReadyToRun=true -p:RunAnalyzers=false -o "$ROOT/artifacts/$engine/doozer" -v quiet --nologo >/dev/null 2>&1 </dev/null; then
    export TEST_DOOZER="$ROOT/artifacts/$engine/doozer/doozer.dll"
  else
    unset TEST_DOOZER
  fi

  echo "== $engine: test"
  rm -rf "$results"
  local status=0
  dotnet test Tests -c Release --no-build -p:OrleansEngine="$engine" --nologo \
    --logger "trx;LogFileName=tests.trx" --results-directory "$results" \
    --blame-hang --blame-hang-timeout "$HANG_TIMEOUT" --blame-hang-dump-type none "$@" </dev/null || status=$?
  local trx="$results/tests.trx" total=0 ok=0 bad=0
  if [[ -f $trx ]]; then
    total="$(counter "$trx" total)" ok="$(counter "$trx" passed)" bad="$(counter "$trx" failed)"
    total="${total:-0}" ok="${ok:-0}" bad="${bad:-0}"
  fi
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - ok - bad))
  summary+=("$engine: $ok passed, $bad failed, $((total - ok - bad)) skipped")
  if [[ $total -eq 0 ]]; then
    summary+=("$engine: no test ran")
    broken=1
  elif [[ $status -ne 0 && $bad -eq 0 ]]; then
    summary+=("$engine: the run broke off (exit status $status)")
    broken=1
  fi
}

echo "Orleans engine: $ORLEANS_ENGINE"
# The tests with a wrong clock run a node with libfaketime; where it cannot be installed they are skipped.
if [[ ! -x /usr/bin/faketime && $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
  { timeout 60 apt-get update -q && timeout 60 apt-get install -y -q faketime; } >/dev/null 2>&1 </dev/null || true
fi
# Style rules are enforced by the build; this checks the layout of the text.
if ! dotnet format whitespace . --folder --exclude artifacts --verify-no-changes </dev/null; then
  summary+=("format: run 'dotnet format' and commit the result")
  broken=1
fi

if [[ $ORLEANS_ENGINE == packages ]]; then
  run_engine packages "$@"
fi
if [[ $ONLY_ENGINE != packages ]]; then
  run_engine standin "$@"
fi
finish

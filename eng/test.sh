#!/usr/bin/env bash
# Checks the format and the dialect, builds, and runs every test. The last line is "N passed, N failed, N skipped".
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

# Tests skip themselves where they lack something. What can be installed must not be the reason: if that fails, everything does.
install_what_tests_need() {
  local missing=()
  [[ -n $(find /usr/lib -maxdepth 4 -name libfaketimeMT.so.1 -print -quit) ]] || missing+=(faketime)
  command -v ip >/dev/null || missing+=(iproute2)
  local tool
  for tool in curl zsh fish; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  has_browser || missing+=(chromium)
  if [[ ${#missing[@]} -eq 0 || $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    return
  fi

  echo "== install: ${missing[*]}"
  if ! install_packages "${missing[@]}"; then
    problems+=("install: apt-get could not install ${missing[*]}, which tests need")
    finish
  fi
}

# counter NAME: an attribute of the result file's <Counters>, or 0.
counter() {
  local value
  value="$(sed -n "s/.*<Counters[^>]* $1=\"\([0-9]*\)\".*/\1/p" "$RESULTS/tests.trx" 2>/dev/null | head -n 1)" || true
  echo "${value:-0}"
}

install_what_tests_need

# One compiler for all projects, of this run's own: each process of the compiler has to warm up, which takes most of its time.
COMPILER="doozer-$$"
COMPILE=(-c Release -v quiet --nologo -p:UseSharedCompilation=true "-p:SharedCompilationId=$COMPILER")

end_compiler() {
  local server
  for server in $(pgrep -f "VBCSCompiler.*$COMPILER( |\$)"); do
    kill "$server" || true
  done
}
trap end_compiler EXIT

# Style rules are enforced by the build; this checks the layout of the text. It takes one core, so the build goes on beside it.
check_format() {
  dotnet format whitespace . --folder --exclude artifacts --verify-no-changes </dev/null
}

echo "== format, lint and build"
check_format >"$ROOT/artifacts/format.log" 2>&1 &
format=$!
if ! eng/lint.sh; then
  problems+=("lint: see above, and CONTRIBUTING.md for why")
fi
if ! dotnet build Doozer.Orleans.sln "${COMPILE[@]}" </dev/null; then
  problems+=("build: it failed")
fi
if ! wait "$format"; then
  cat "$ROOT/artifacts/format.log"
  problems+=("format: run 'dotnet format' and commit the result")
fi
if [[ ${problems[*]} == *"build: "* ]]; then
  finish
fi

# The nodes of the end-to-end tests start about twice as fast when they are compiled ahead of time, as eng/run.sh does it.
unset TEST_DOOZER
if [[ $# -eq 0 ]] && dotnet publish Silo "${COMPILE[@]}" --use-current-runtime --self-contained false \
  -p:PublishReadyToRun=true -p:RunAnalyzers=false -o "$ROOT/artifacts/test-doozer" >/dev/null 2>&1 </dev/null; then
  export TEST_DOOZER="$ROOT/artifacts/test-doozer/doozer.dll"
fi
end_compiler

echo "== test"
rm -rf "$RESULTS"
# Those that only make pictures are eng/screenshots.sh's, and the long ones in a browser eng/viewer.sh's.
[[ $# -gt 0 ]] || set -- --filter 'Category!=Screenshots&Category!=Long'
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

#!/usr/bin/env bash
# Builds doozer if anything changed, leaves it at artifacts/doozer/doozer, and runs it with the given arguments (none: serve).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

OUTPUT="$ROOT/artifacts/doozer"
STAMP="$OUTPUT/.built"

up_to_date() {
  [[ -x $OUTPUT/doozer && -f $STAMP ]] || return 1
  [[ -z $(find "$ROOT/Silo" "$ROOT/Grains" "$ROOT/Grains.Interfaces" "$ROOT/Client" \
    "$ROOT"/Directory.*.* "$ROOT/global.json" -newer "$STAMP" \
    \( -type d -o -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.json' \
    -o -name '*.js' -o -name '*.css' -o -name '*.html' -o -name '*.svg' \) -print -quit) ]]
}

# Says every ten seconds that the build goes on, until it is ended.
tell_progress() {
  while sleep 10; do
    echo "Still building, $SECONDS s so far" >&2
  done
}

publish() {
  dotnet publish "$ROOT/Silo" -c Release -o "$OUTPUT" -v quiet --nologo "$@" >"$ROOT/artifacts/build.log" 2>&1 </dev/null
}

# Messages go to standard error: standard output is for doozer's own data.
if ! up_to_date; then
  echo "Building doozer (Release); the first time takes a minute or more. Log: $ROOT/artifacts/build.log" >&2
  started="$(mktemp)"
  tell_progress &
  progress=$!
  trap 'rm -f "$started"; kill "$progress" 2>/dev/null' EXIT
  # Compiled ahead of time a node serves at full speed from its first second; feeds without the compiler do without.
  if ! publish --use-current-runtime --self-contained false -p:PublishReadyToRun=true && ! publish; then
    cat "$ROOT/artifacts/build.log" >&2
    echo "The build failed." >&2
    exit 2
  fi
  # The stamp is as old as the start of the build, so that a file saved meanwhile is built next time.
  touch -r "$started" "$STAMP"
  rm -f "$started"
  kill "$progress"
  echo "Built in $SECONDS s" >&2
fi

if [[ $# -eq 0 ]]; then
  set -- serve
fi
exec "$OUTPUT/doozer" "$@"

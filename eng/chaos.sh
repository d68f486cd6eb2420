#!/usr/bin/env bash
# Runs real nodes under load with kills, pauses and half-broken networks, and checks what the clients saw. --help tells the options;
# docs/testing.md says more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

if ! dotnet build "$ROOT/Tests/Chaos" -c Release -p:OrleansEngine="$ORLEANS_ENGINE" -v quiet --nologo \
  >"$ROOT/artifacts/chaos.log" 2>&1 </dev/null; then
  cat "$ROOT/artifacts/chaos.log" >&2
  echo "The build failed." >&2
  exit 2
fi
"$ROOT/eng/run.sh" version >/dev/null
exec "$ROOT/artifacts/$ORLEANS_ENGINE/bin/Doozer.Orleans.Chaos/release/Doozer.Orleans.Chaos" \
  --doozer "$ROOT/artifacts/doozer/doozer" --output "$ROOT/artifacts/chaos" "$@"

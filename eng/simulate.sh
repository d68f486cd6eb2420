#!/usr/bin/env bash
# Runs the simulator: many seeds in parallel, or one seed's whole story. --help tells the options; docs/testing.md says more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"

if ! dotnet build "$ROOT/Tests/Simulation" -c Release -p:OrleansEngine="$ORLEANS_ENGINE" -v quiet --nologo \
  >"$ROOT/artifacts/simulate.log" 2>&1 </dev/null; then
  cat "$ROOT/artifacts/simulate.log" >&2
  echo "The build failed." >&2
  exit 2
fi
exec "$ROOT/artifacts/$ORLEANS_ENGINE/bin/Doozer.Orleans.Simulation/release/Doozer.Orleans.Simulation" "$@"

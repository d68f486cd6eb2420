#!/usr/bin/env bash
# Runs real nodes under load with kills, pauses and half-broken networks, and checks what the clients saw. --help tells the options;
# docs/testing.md says more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build_program Tests.Chaos
"$ROOT/eng/run.sh" version >/dev/null
exec "$PROGRAM" \
  --doozer "$ROOT/artifacts/doozer/doozer" --output "$ROOT/artifacts/chaos" "$@"

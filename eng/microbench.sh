#!/usr/bin/env bash
# Measures single steps of a node with BenchmarkDotNet: codec, apply, log, glob. Arguments are BenchmarkDotNet's, such as
# --filter '*Glob*'; docs/performance.md says more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ $# -eq 0 ]]; then
  set -- --filter '*'
fi
build_program Tests.Microbenchmarks
exec "$PROGRAM" --artifacts "$ROOT/artifacts/microbench" "$@"

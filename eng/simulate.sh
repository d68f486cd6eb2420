#!/usr/bin/env bash
# Runs the simulator: many seeds in parallel, or one seed's whole story. --help tells the options; docs/testing.md says more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build_program Tests.Simulation
exec "$PROGRAM" "$@"

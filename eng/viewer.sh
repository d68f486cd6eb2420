#!/usr/bin/env bash
# Runs all tests of the viewer in a browser: also those that take too long for eng/test.sh, of 10,000 files and of what would
# hinder somebody (axe). Some two minutes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if ! command -v chromium >/dev/null && [[ -z ${TEST_CHROMIUM:-} ]]; then
  if [[ $EUID -ne 0 ]] || ! install_packages chromium >&2; then
    echo "Install it: apt-get install chromium" >&2
    exit 2
  fi
fi

build_program Tests
exec "$PROGRAM" -noColor -class Doozer.Tests.Viewer.ViewerTests "$@"
